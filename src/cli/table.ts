import type { Output } from './context.ts'

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
}

/**
 * Rows in columns two spaces apart. The last column is as long as it is: names that are long do not move the
 * others apart, and can be copied.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? ''
        return align === 'right' ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)
      })
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ title }) => title)), ...rows.map(line)]
}

export type Paint = (text: string) => string

export interface Palette {
  readonly dim: Paint
  readonly bold: Paint
  readonly red: Paint
  readonly yellow: Paint
  readonly green: Paint
}

/** Colours, on a terminal that has them. */
export function paletteFor(output: Output): Palette {
  const colourful = output.isTTY === true && output.hasColors?.() === true
  const paint = (open: number, close: number): Paint =>
    colourful ? (text) => `\u001b[${open}m${text}\u001b[${close}m` : (text) => text
  return {
    dim: paint(2, 22),
    bold: paint(1, 22),
    red: paint(31, 39),
    yellow: paint(33, 39),
    green: paint(32, 39),
  }
}

import { displayWidth, padDisplayEnd, padDisplayStart } from './display-width.ts'

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
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[index] ?? ''))),
  )
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? ''
        const width = widths[index] ?? 0
        return align === 'right' ? padDisplayStart(cell, width) : padDisplayEnd(cell, width)
      })
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ title }) => title)), ...rows.map(line)]
}

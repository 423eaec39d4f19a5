import { displayWidth } from '../display-width.ts'
import { printableLine } from './view/printable-line.ts'

/** Of a line that is longer a part is shown. */
const MAX_LENGTH = 100
const LEAD = 40

/**
 * A line of a file with a caret under the place that is meant, as two lines.
 * @param column from 1
 */
export function sourceExcerpt(line: string, column: number): readonly [string, string] {
  // A tab has another width wherever it stands.
  const text = line.replaceAll('\t', ' ').trimEnd()
  const from = text.length <= MAX_LENGTH ? 0 : Math.max(0, column - 1 - LEAD)
  const before = text.slice(from, column - 1)
  const shown = printableLine(text.slice(from, from + MAX_LENGTH), { hasColours: false }) ?? ''
  return [shown, `${' '.repeat(displayWidth(before))}^`]
}

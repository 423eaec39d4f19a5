/** What a line of a job may hold that moves the cursor, or tells the terminal something: all but colours goes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what this is about
const COLOUR = /\x1b\[[\d;:]*m/g
const SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what this is about
  /\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[PX^_][^\x1b]*(?:\x1b\\)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?/g
/** Those of Unicode that turn the direction of what follows are among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const CONTROLS = /[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g
/** GitLab's marks around what its pages fold. */
const SECTION_MARK = /^section_(?:start|end):\d+:/

const RESET = '\u001b[0m'

/**
 * A line of a job's log as it may be shown among those of others: of what was written over itself by carriage
 * returns the last, without anything that moves the cursor.
 * @returns undefined for a line that only marked a section
 */
export function printableLine(text: string, { hasColours }: { hasColours: boolean }): string | undefined {
  const parts = text.split('\r')
  const marks = parts.filter((part) => SECTION_MARK.test(part))
  const shown = parts.filter((part) => !SECTION_MARK.test(part)).map(withoutControls)
  const line = shown.findLast((part) => part.replace(COLOUR, '') !== '') ?? ''
  if (line === '' && marks.length > 0) return undefined
  if (!hasColours) return line.replace(COLOUR, '')
  return line.includes('\u001b') ? `${line}${RESET}` : line
}

/** A name or a sentence that somebody else wrote, on one line and without colours. */
export function printableText(text: string): string {
  return withoutControls(text.replaceAll(/\s+/g, ' ')).replace(COLOUR, '')
}

function withoutControls(text: string): string {
  const sequences = text.replace(SEQUENCES, (sequence) => (sequence.match(COLOUR) ? sequence : ''))
  return sequences.replace(CONTROLS, '')
}

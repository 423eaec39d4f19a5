/**
 * Breaks a text between words, so that no line is longer than `columns` unless a word is.
 * @param first what the first line begins with; the others are indented as far
 */
export function wrap(text: string, columns: number, first = ''): string[] {
  const indent = ' '.repeat(first.length)
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = indent
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}

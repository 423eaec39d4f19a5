import stringWidth from 'string-width'

/** How many columns of a terminal a text takes: wide letters take two, combining ones and colours none. */
export function displayWidth(text: string): number {
  return stringWidth(text)
}

export function padDisplayEnd(text: string, columns: number): string {
  return `${text}${' '.repeat(Math.max(0, columns - displayWidth(text)))}`
}

export function padDisplayStart(text: string, columns: number): string {
  return `${' '.repeat(Math.max(0, columns - displayWidth(text)))}${text}`
}

/**
 * As much of a text as there is room for, with an ellipsis where something is left out. No letter is cut in two.
 * @param text without colours
 */
export function truncateDisplay(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  if (columns < 1) return ''
  let kept = ''
  let width = 1
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += displayWidth(segment)
    if (width > columns) break
    kept += segment
  }
  return `${kept}…`
}

/**
 * Where at the end of a buffer one of the phrases may have begun, that is not there whole: what is behind must be
 * waited for.
 * @returns the first such place from `from` on; the length of the buffer when there is none
 */
export function findBegunPhrase(buffer: Buffer, from: number, phrases: readonly Buffer[]): number {
  let first = buffer.length
  for (const phrase of phrases) {
    const start = phrase[0]
    if (start === undefined) continue
    let at = buffer.indexOf(start, Math.max(from, buffer.length - phrase.length + 1))
    while (at !== -1 && at < first) {
      if (buffer.compare(phrase, 0, buffer.length - at, at) === 0) first = at
      else at = buffer.indexOf(start, at + 1)
    }
  }
  return first
}

import { PiecedText, type TextView } from './pieced-text.ts'

/** Wider than most lines are indented; others are moved again. */
const SHIFT = ' '.repeat(256)
const MAX_SHIFTS = 8

/** Brackets and quotes end with one of these. */
const CLOSING = /[\]}"']/

/** A text in which lines within brackets and quotes are moved to the right, and tabs between values are spaces. */
export class MendedText {
  #spaced: string
  /** How often a line was moved, by where it begins. */
  readonly #shifts = new Map<number, number>()
  #view: TextView

  constructor(original: string) {
    this.#spaced = original
    this.#view = { text: original, offsetBefore: (offset) => offset }
  }

  get view(): TextView {
    return this.#view
  }

  /**
   * @param offset where the parser of the view missed an indentation, in the text that was given
   * @param maxLength of the next view
   * @returns false when nothing can be done about it
   */
  mend(offset: number, maxLength: number): boolean {
    const text = this.#spaced
    const start = text.lastIndexOf('\n', offset - 1) + 1
    const gap = text.slice(gapStart(text, start, offset), offset)
    if (gap.includes('\t') && start + gap.length < offset) {
      this.#spaced = text.slice(0, offset - gap.length) + gap.replaceAll('\t', ' ') + text.slice(offset)
    } else if (!this.#shiftFrom(start)) return false
    const shifts = [...this.#shifts.values()].reduce((sum, times) => sum + times, 0)
    if (text.length + shifts * SHIFT.length > maxLength) return false
    this.#view = this.#look()
    return true
  }

  /** The line, and those behind it as long as no bracket or quote can have ended. */
  #shiftFrom(first: number): boolean {
    const text = this.#spaced
    for (let start = first; ; ) {
      const times = this.#shifts.get(start) ?? 0
      if (times === MAX_SHIFTS) return false
      this.#shifts.set(start, times + 1)
      const end = text.indexOf('\n', start)
      if (end === -1 || CLOSING.test(text.slice(start, end))) return true
      start = end + 1
    }
  }

  #look(): TextView {
    const pieced = new PiecedText(this.#spaced)
    for (const [start, times] of [...this.#shifts].toSorted(([left], [right]) => left - right)) {
      pieced.insert(SHIFT.repeat(times), start)
    }
    return pieced.finish()
  }
}

/** Where the spaces, tabs and opening brackets before the offset begin. */
function gapStart(text: string, lineStart: number, offset: number): number {
  let start = offset
  while (start > lineStart && ' \t[{'.includes(text[start - 1] ?? '')) start--
  return start
}

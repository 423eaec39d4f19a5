import { lastUpTo } from './last-up-to.ts'

export interface LinePlace {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

/** Where a text breaks into lines: looked up in logarithmic time. */
export class LineTable {
  /** Offsets at which lines begin. */
  readonly #starts: readonly number[]

  constructor(text: string) {
    const starts = [0]
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
    this.#starts = starts
  }

  at(offset: number): LinePlace {
    const line = lastUpTo(this.#starts, (start) => start, offset)
    return { line: line + 1, column: offset - (this.#starts[line] ?? 0) + 1 }
  }
}

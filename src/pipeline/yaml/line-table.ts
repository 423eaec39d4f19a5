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
    let low = 0
    let high = this.#starts.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 }
  }
}

/** A line that is longer is told in pieces. */
const MAX_LINE_BYTES = 16 * 1024
const NEWLINE = 10

/** Makes lines of bytes that come in any pieces. What is held is one line at most. */
export class LineCutter {
  readonly #emit: (line: string) => void
  #held: Buffer = Buffer.alloc(0)

  constructor(emit: (line: string) => void) {
    this.#emit = emit
  }

  push(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0) {
      const room = MAX_LINE_BYTES - this.#held.length
      const newline = rest.subarray(0, room).indexOf(NEWLINE)
      const taken = rest.subarray(0, newline === -1 ? room : newline)
      this.#held = Buffer.concat([this.#held, taken])
      rest = rest.subarray(taken.length + (newline === -1 ? 0 : 1))
      if (newline !== -1 || this.#held.length === MAX_LINE_BYTES) this.#flush()
    }
  }

  /** What came after the last line's end is a line too. */
  end(): void {
    if (this.#held.length > 0) this.#flush()
  }

  #flush(): void {
    this.#emit(this.#held.toString('utf8').replace(/\r$/, ''))
    this.#held = Buffer.alloc(0)
  }
}

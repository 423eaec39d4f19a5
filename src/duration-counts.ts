/** How long things took, as a histogram of Prometheus has it, in plain numbers: each costs an addition. */
export class DurationCounts {
  readonly #boundsS: readonly number[]
  /** Every count is that of its bound alone; the last of what is above all bounds. */
  readonly counts: number[]
  #sumS = 0

  /** @param boundsS upper bounds in seconds, ascending */
  constructor(boundsS: readonly number[]) {
    this.#boundsS = boundsS
    this.counts = new Array<number>(boundsS.length + 1).fill(0)
  }

  get sumS(): number {
    return this.#sumS
  }

  note(ms: number): void {
    const seconds = ms / 1000
    let at = 0
    while (at < this.#boundsS.length && seconds > (this.#boundsS[at] ?? 0)) at++
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.#sumS += seconds
  }
}

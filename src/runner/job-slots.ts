/** Room for one job. */
export interface JobSlot {
  /** The lowest that was free, from 0. */
  readonly number: number
  /** Safe to call twice. */
  release(): void
}

/** So many jobs at a time; who waits gets a slot in the order of asking. */
export class JobSlots {
  readonly #limit: number
  readonly #taken = new Set<number>()
  #waiting: ((number: number) => void)[] = []

  /** @param limit 0: no limit */
  constructor(limit: number) {
    this.#limit = limit === 0 ? Number.POSITIVE_INFINITY : limit
  }

  /** Somebody has to wait until another gives up its slot. */
  get isWaitedFor(): boolean {
    return this.#waiting.length > 0
  }

  /** @throws the signal's reason */
  async take(signal: AbortSignal): Promise<JobSlot> {
    signal.throwIfAborted()
    const number = this.#taken.size < this.#limit ? this.#lowestFree() : await this.#turn(signal)
    if (signal.aborted) {
      this.#release(number)
      throw signal.reason
    }
    let isReleased = false
    const release = () => {
      if (!isReleased) this.#release(number)
      isReleased = true
    }
    return { number, release }
  }

  #lowestFree(): number {
    let number = 0
    while (this.#taken.has(number)) number += 1
    this.#taken.add(number)
    return number
  }

  /** Handed over, so that nobody who comes meanwhile can take it. */
  #release(number: number): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken.delete(number)
    else next(number)
  }

  #turn(signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const take = (number: number) => {
        signal.removeEventListener('abort', leave)
        resolve(number)
      }
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== take)
        reject(signal.reason)
      }
      this.#waiting.push(take)
      signal.addEventListener('abort', leave, { once: true })
    })
  }
}

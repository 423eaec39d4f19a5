/** Room for one job. */
export interface JobSlot {
  /** The lowest that was free, from 0. */
  readonly number: number
  /** Safe to call twice. */
  release(): void
}

/** So many jobs at a time; who waits gets a slot in the order of asking. */
export class JobSlots {
  #limit = 0
  readonly #taken = new Set<number>()
  #waiting: ((number: number) => void)[] = []

  /** @param limit 0: no limit */
  constructor(limit: number) {
    this.resize(limit)
  }

  /**
   * Those who have a slot keep it, also where there are fewer from now on.
   * @param limit 0: no limit
   */
  resize(limit: number): void {
    this.#limit = limit === 0 ? Number.POSITIVE_INFINITY : limit
    while (this.#hasRoom) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      next(this.#lowestFree())
    }
  }

  /** Somebody has to wait until another gives up its slot. */
  get isWaitedFor(): boolean {
    return this.#waiting.length > 0
  }

  /** @throws the signal's reason */
  async take(signal: AbortSignal): Promise<JobSlot> {
    signal.throwIfAborted()
    const number = this.#hasRoom ? this.#lowestFree() : await this.#turn(signal)
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

  get #hasRoom(): boolean {
    return this.#taken.size < this.#limit
  }

  #lowestFree(): number {
    let number = 0
    while (this.#taken.has(number)) number += 1
    this.#taken.add(number)
    return number
  }

  /** Handed over at once, so that nobody who comes meanwhile can take it. */
  #release(number: number): void {
    this.#taken.delete(number)
    const next = this.#hasRoom ? this.#waiting.shift() : undefined
    next?.(this.#lowestFree())
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

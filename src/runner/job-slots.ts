/** Room for one job. */
export interface JobSlot {
  /** Safe to call twice. */
  release(): void
}

/** So many jobs at a time; who waits gets a slot in the order of asking. */
export class JobSlots {
  #limit = 0
  #taken = 0
  #waiting: (() => void)[] = []

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
    this.#handOver()
  }

  /** Somebody has to wait until another gives up its slot. */
  get isWaitedFor(): boolean {
    return this.#waiting.length > 0
  }

  /** @throws the signal's reason */
  async take(signal: AbortSignal): Promise<JobSlot> {
    signal.throwIfAborted()
    if (this.#taken < this.#limit) this.#taken += 1
    else await this.#turn(signal)
    let isReleased = false
    const release = () => {
      if (isReleased) return
      isReleased = true
      this.#taken -= 1
      this.#handOver()
    }
    if (!signal.aborted) return { release }
    release()
    throw signal.reason
  }

  /** At once, so that nobody who comes meanwhile can take what others wait for. */
  #handOver(): void {
    while (this.#taken < this.#limit) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#taken += 1
      next()
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = () => {
        signal.removeEventListener('abort', leave)
        resolve()
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

import type { Clock } from '../../src/clock.ts'

interface Sleeper {
  wakeAt: number
  readonly wake: () => void
}

/** A clock that stands still until a test moves it. Sleepers wake when their time is reached. */
export class FakeClock implements Clock {
  #now: number
  #sleepers: Sleeper[] = []

  constructor(startAt = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = startAt
  }

  now(): number {
    return this.#now
  }

  /** How many callers are asleep: lets a test wait until the code under test has gone to sleep. */
  get sleeperCount(): number {
    return this.#sleepers.length
  }

  /** Whether somebody wakes when time goes on by so much: those who sleep for hours are always there. */
  hasSleeperWithin(ms: number): boolean {
    return this.#sleepers.some((sleeper) => sleeper.wakeAt <= this.#now + ms)
  }

  /** How many went to sleep for an hour within the last minute. */
  get hourlySleeperCount(): number {
    const leftMs = this.#sleepers.map(({ wakeAt }) => wakeAt - this.#now)
    return leftMs.filter((left) => left > 59 * 60_000 && left <= 60 * 60_000).length
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal?.reason)
      }
      const wake = () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const sleeper: Sleeper = { wakeAt: this.#now + ms, wake }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', abort)
    })
  }

  /** Sets the wall clock, as an administrator or a time server does: those who sleep do not notice. */
  jump(ms: number): void {
    this.#now += ms
    for (const sleeper of this.#sleepers) sleeper.wakeAt += ms
  }

  /** Moves time forward and wakes everyone whose time has come. */
  advance(ms: number): void {
    this.#now += ms
    const due = this.#sleepers.filter((sleeper) => sleeper.wakeAt <= this.#now)
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.wakeAt > this.#now)
    for (const sleeper of due) sleeper.wake()
  }
}

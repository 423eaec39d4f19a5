import type { Clock } from '../clock.ts'

/** What may be taken at once after a pause, in seconds of the rate: enough to keep a fast link busy. */
const BURST_S = 0.25

/**
 * A token bucket for the bytes of many downloads together. Who takes more than there is goes into debt and
 * waits until that debt is paid, so nobody starves: each waits for what was taken before, in order.
 */
export class Bandwidth {
  readonly #bytesPerMs: number
  readonly #burstBytes: number
  readonly #clock: Clock
  /** Below 0: what was taken in advance. */
  #levelBytes: number
  #filledAt: number

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerMs = bytesPerSecond / 1_000
    this.#burstBytes = bytesPerSecond * BURST_S
    this.#clock = clock
    this.#levelBytes = this.#burstBytes
    this.#filledAt = clock.now()
  }

  /** Resolves when these bytes are within the rate. Rejects with the signal's reason. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now()
    // A clock that was set back fills nothing, and takes nothing away.
    const passedMs = Math.max(0, now - this.#filledAt)
    this.#filledAt = now
    this.#levelBytes = Math.min(this.#burstBytes, this.#levelBytes + passedMs * this.#bytesPerMs) - bytes
    if (this.#levelBytes < 0) await this.#clock.sleep(-this.#levelBytes / this.#bytesPerMs, signal)
  }
}

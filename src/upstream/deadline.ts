import type { Clock } from '../clock.ts'

/**
 * One signal out of two reasons to stop: the caller no longer wants it, or its time is up. After `met()` only
 * the caller can stop it. Whoever makes a Deadline calls `dispose()` when the last byte is through.
 */
export class Deadline {
  readonly ms: number
  readonly #abort = new AbortController()
  readonly #timer = new AbortController()
  readonly #caller: AbortSignal | undefined
  #expired = false
  #callerAborted = false

  constructor(clock: Clock, ms: number, caller: AbortSignal | undefined) {
    this.ms = ms
    this.#caller = caller
    if (caller?.aborted) this.#onCallerAbort()
    else caller?.addEventListener('abort', this.#onCallerAbort)
    void this.#run(clock)
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get expired(): boolean {
    return this.#expired
  }

  /** True when it was the caller who stopped, and the signal's reason is the caller's. */
  get callerAborted(): boolean {
    return this.#callerAborted
  }

  /** What had a deadline has happened. Safe to call twice. */
  met(): void {
    this.#timer.abort()
  }

  /** Safe to call twice. */
  dispose(): void {
    this.met()
    this.#caller?.removeEventListener('abort', this.#onCallerAbort)
  }

  readonly #onCallerAbort = (): void => {
    this.met()
    if (this.#expired) return
    this.#callerAborted = true
    this.#abort.abort(this.#caller?.reason)
  }

  async #run(clock: Clock): Promise<void> {
    try {
      await clock.sleep(this.ms, this.#timer.signal)
    } catch {
      // Met in time.
      return
    }
    this.#expired = true
    this.#abort.abort(new Error(`no reply within ${this.ms} ms`))
  }
}

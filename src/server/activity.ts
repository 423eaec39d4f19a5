import type { Clock } from '../clock.ts'

interface Requests {
  on(
    event: 'request',
    listener: (request: unknown, response: { once(event: 'close', listener: () => void): unknown }) => void,
  ): unknown
}

/** Whether somebody uses the server. A reply that is still being sent counts, an idle connection does not. */
export class Activity {
  readonly #clock: Clock
  #running = 0
  #endedAt: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#endedAt = clock.now()
  }

  watch(server: Requests): void {
    server.on('request', (_request, response) => {
      this.#running += 1
      response.once('close', () => {
        this.#running -= 1
        this.#endedAt = this.#clock.now()
      })
    })
  }

  /**
   * Resolves when nobody has asked anything for so long.
   * @throws the signal's reason
   */
  async idle(idleMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const restMs = this.#running > 0 ? idleMs : this.#endedAt + idleMs - this.#clock.now()
      if (restMs <= 0) return
      // A clock that was set back must not make it wait for ever.
      await this.#clock.sleep(Math.min(restMs, idleMs), signal)
    }
  }
}

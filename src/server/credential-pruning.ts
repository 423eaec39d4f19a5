import type { Credentials } from '../auth/credentials.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'

const PRUNE_EVERY_MS = 3_600_000

/** Forgets credentials that ended long ago, every hour: jobs come by the thousand. */
export class CredentialPruning {
  readonly #credentials: Pick<Credentials, 'prune'>
  readonly #clock: Clock
  readonly #log: Log
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(credentials: Pick<Credentials, 'prune'>, clock: Clock, log: Log) {
    this.#credentials = credentials
    this.#clock = clock
    this.#log = log
  }

  /** In the background, until `stop`. The first time in an hour: whoever opened the credentials has just done it. */
  start(): void {
    this.#running ??= this.#loop()
  }

  /** Resolves when nothing is written any more. Safe to call twice, and without a start. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stop
    for (;;) {
      try {
        await this.#clock.sleep(PRUNE_EVERY_MS, signal)
      } catch {
        return
      }
      try {
        await this.#credentials.prune()
      } catch (error) {
        // They are refused all the same.
        const message = 'credentials that ended were not forgotten'
        this.#log.warn({ event: 'credentials.prune_failed', err: error }, message)
      }
    }
  }
}

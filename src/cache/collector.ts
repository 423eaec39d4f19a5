import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { type Evicted, type Evictor, UNNEEDED_GRACE_MS } from './evict.ts'
import type { Space } from './space.ts'

const COLLECT_EVERY_MS = 60 * 60 * 1000

/** Takes away, every hour, what nobody pulled for `maxAge` and what no image needs. */
export class Collector {
  readonly #evictor: Evictor
  readonly #space: Space
  readonly #maxAgeMs: number | undefined
  readonly #clock: Clock
  readonly #log: Log
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(parts: {
    evictor: Evictor
    space: Space
    maxAgeMs: number | undefined
    clock: Clock
    log: Log
  }) {
    this.#evictor = parts.evictor
    this.#space = parts.space
    this.#maxAgeMs = parts.maxAgeMs
    this.#clock = parts.clock
    this.#log = parts.log
  }

  /** Images that were not pulled since are too old. Undefined: none is. */
  get pulledBefore(): number | undefined {
    return this.#maxAgeMs === undefined ? undefined : this.#clock.now() - this.#maxAgeMs
  }

  /** What nobody needed since may go. */
  get unneededBefore(): number {
    return this.#clock.now() - UNNEEDED_GRACE_MS
  }

  start(): void {
    this.#running ??= this.#loop()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async collect(): Promise<Evicted> {
    return this.#evictor.collect(this.pulledBefore ?? Number.MIN_SAFE_INTEGER, this.unneededBefore)
  }

  async #loop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.collect()
        await this.#space.check()
      } catch (error) {
        this.#log.error({ event: 'space.collect_failed', err: error }, 'old content was not collected')
      }
      await this.#clock.sleep(COLLECT_EVERY_MS, this.#stop.signal).catch(() => {})
    }
  }
}

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { EvictionCounts } from './cache-activity.ts'
import { type Evictor, UNNEEDED_GRACE_MS } from './evict.ts'
import type { Space } from './space.ts'

const COLLECT_EVERY_MS = 60 * 60 * 1000

/** Sleeping may take a little longer than asked for. A clock that is further off than this was set, or stood still. */
const JUMP_MS = 10 * 60 * 1000

/** After a jump ages mean little: by then it was noticed, or what is used has been pulled again. */
const ROUNDS_AFTER_JUMP = 24

/**
 * Takes away, every hour, what nobody pulled for `maxAge` and what no image needs. Ages are told by the wall clock,
 * which may be wrong: not before it went right for an hour, and not for a day after it jumped.
 */
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

  async collect(): Promise<EvictionCounts> {
    return this.#evictor.collect(this.pulledBefore ?? Number.MIN_SAFE_INTEGER, this.unneededBefore)
  }

  async #loop(): Promise<void> {
    let roundsToRest = 1
    while (!this.#stop.signal.aborted) {
      try {
        await this.#space.check()
        if (roundsToRest > 0) roundsToRest -= 1
        else await this.collect()
      } catch (error) {
        this.#log.error({ event: 'space.collect_failed', err: error }, 'old content was not collected')
      }
      const jumpedMs = await this.#rest()
      if (Math.abs(jumpedMs) > JUMP_MS) {
        roundsToRest = ROUNDS_AFTER_JUMP
        this.#log.warn(
          { event: 'clock.jumped', jumpedMs },
          'the clock jumped: nothing is collected for its age for a day',
        )
      }
    }
  }

  /** @returns by how much the wall clock went on more than the time that was slept */
  async #rest(): Promise<number> {
    const before = this.#clock.now()
    try {
      await this.#clock.sleep(COLLECT_EVERY_MS, this.#stop.signal)
    } catch {
      return 0
    }
    return this.#clock.now() - before - COLLECT_EVERY_MS
  }
}

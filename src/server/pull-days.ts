import { WriteBehind } from '../cache/write-behind.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { PullDay, PullDayCatalog } from '../store/pull-day-catalog.ts'
import { type EndedPull, isHit } from './open-pull.ts'

/** More different images than this are written at once. */
const MAX_GATHERED = 1_000

const DAY_MS = 86_400_000

/** The day of a moment, in days since the epoch. */
export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS)
}

export function startOfDay(day: number): number {
  return day * DAY_MS
}

type Gathered = { -readonly [Key in keyof PullDay]: PullDay[Key] }

/** Adds up what is pulled, by day and image, and writes it down every few seconds. */
export class PullDays {
  readonly #catalog: PullDayCatalog
  readonly #clock: Clock
  readonly #log: Log
  readonly #gathered: WriteBehind<Gathered>

  constructor(catalog: PullDayCatalog, clock: Clock, log: Log) {
    this.#catalog = catalog
    this.#clock = clock
    this.#log = log
    this.#gathered = new WriteBehind({ limit: MAX_GATHERED, write: (days) => this.#write(days), clock })
  }

  note({ image, outcome, tookUpstreamPull, bytes, savedBytes, upstreamRequests }: EndedPull): void {
    const day = dayOf(this.#clock.now())
    const key = `${day} ${image}`
    const known = this.#gathered.get(key)
    const sums = known ?? noPulls(day, image)
    sums.pulls += 1
    if (isHit(outcome)) sums.hits += 1
    if (!tookUpstreamPull) sums.savedPulls += 1
    sums.bytes += bytes
    sums.savedBytes += savedBytes
    sums.upstreamRequests += upstreamRequests
    if (known === undefined) this.#gathered.set(key, sums)
  }

  /** Writes down everything noted until now. What cannot be written is logged and forgotten. */
  flush(): Promise<void> {
    return this.#gathered.flush()
  }

  close(): Promise<void> {
    return this.#gathered.close()
  }

  async #write(days: readonly PullDay[]): Promise<void> {
    try {
      await this.#catalog.add(days)
    } catch (error) {
      this.#log.warn(
        { event: 'stats.lost', err: error, images: days.length },
        'pulls are missing from the stats',
      )
    }
  }
}

function noPulls(day: number, image: string): Gathered {
  return { day, image, pulls: 0, hits: 0, savedPulls: 0, bytes: 0, savedBytes: 0, upstreamRequests: 0 }
}

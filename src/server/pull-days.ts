import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { PullDay, PullDayCatalog } from '../store/pull-day-catalog.ts'
import type { EndedPull } from './open-pull.ts'

/** How long pulls are gathered: what a crash may forget of them. */
const FLUSH_MS = 5_000

/** More different images than this within FLUSH_MS are written at once. */
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
  readonly #stop = new AbortController()
  #gathered = new Map<string, Gathered>()
  #writing: Promise<void> = Promise.resolve()
  #timer: Promise<void> | undefined

  constructor(catalog: PullDayCatalog, clock: Clock, log: Log) {
    this.#catalog = catalog
    this.#clock = clock
    this.#log = log
  }

  note({ image, outcome, tookUpstreamPull, bytes, savedBytes, upstreamRequests }: EndedPull): void {
    const sums = this.#sumsOf(dayOf(this.#clock.now()), image)
    sums.pulls += 1
    if (outcome === 'hit' || outcome === 'revalidated' || outcome === 'stale') sums.hits += 1
    if (!tookUpstreamPull) sums.savedPulls += 1
    sums.bytes += bytes
    sums.savedBytes += savedBytes
    sums.upstreamRequests += upstreamRequests
    if (this.#gathered.size >= MAX_GATHERED) void this.flush()
    else this.#timer ??= this.#flushLater()
  }

  /** Writes down everything noted until now. What cannot be written is logged and forgotten. */
  flush(): Promise<void> {
    const days = [...this.#gathered.values()]
    this.#gathered = new Map()
    this.#writing = this.#writing.then(() => this.#write(days))
    return this.#writing
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#timer
    await this.flush()
  }

  #sumsOf(day: number, image: string): Gathered {
    const key = `${day} ${image}`
    let sums = this.#gathered.get(key)
    if (sums === undefined) {
      sums = { day, image, pulls: 0, hits: 0, savedPulls: 0, bytes: 0, savedBytes: 0, upstreamRequests: 0 }
      this.#gathered.set(key, sums)
    }
    return sums
  }

  async #flushLater(): Promise<void> {
    try {
      await this.#clock.sleep(FLUSH_MS, this.#stop.signal)
    } catch {
      return
    }
    this.#timer = undefined
    await this.flush()
  }

  async #write(days: readonly PullDay[]): Promise<void> {
    if (days.length === 0) return
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

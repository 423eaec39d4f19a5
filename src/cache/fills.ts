import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import type { Ingest, Ingests } from '../store/ingest.ts'
import { NobodyReads } from '../streams/overflow.ts'
import type { PullTarget } from './access.ts'
import type { BlobShelf } from './blob-shelf.ts'
import type { FillCounts } from './cache-activity.ts'
import type { Coalesced } from './coalesce.ts'
import { Fill, FillSuspended } from './fill.ts'
import { FillKeeper, type FillKeeperParts } from './fill-keeper.ts'
import type { Lanes } from './lanes.ts'
import type { Leases } from './leases.ts'
import { logFillFailure } from './log-fill-failure.ts'
import { SmallCopy } from './small-copy.ts'
import type { Reservation, Space } from './space.ts'
import type { StorageHealth } from './storage-health.ts'

interface Running {
  readonly result: Promise<Fill | undefined>
  /** Absent while it starts. */
  fill?: Fill | undefined
  /** Settles when its file is closed. */
  ended?: Promise<void>
}

export interface FillsParts extends FillKeeperParts {
  readonly ingests: Ingests
  readonly leases: Leases
  readonly space: Space
  readonly lanes: Lanes
}

/**
 * All downloads that are running: at most one per digest, save when the storage is in trouble. Then a download
 * keeps nothing, and whoever comes too late for its beginning gets another one.
 */
export class Fills {
  readonly #ingests: Ingests
  readonly #shelf: BlobShelf
  readonly #keeper: FillKeeper
  readonly #health: StorageHealth
  readonly #leases: Leases
  readonly #space: Space
  readonly #clock: Clock
  readonly #log: Log
  /** Those that can be joined. */
  readonly #running = new Map<Digest, Running>()
  readonly #all = new Set<Running>()
  /** Those that failed and still have their file: nobody joins them, and the next waits for its turn. */
  readonly #failing = new Map<Digest, Promise<unknown>>()
  readonly #lanes: Lanes
  readonly #ended = new Set<Promise<void>>()
  readonly #counts: FillCounts = {
    started: 0,
    resumed: 0,
    joined: 0,
    committed: 0,
    passed: 0,
    failed: 0,
    stopped: 0,
  }
  #stopping = false

  constructor(parts: FillsParts) {
    this.#ingests = parts.ingests
    this.#shelf = parts.shelf
    this.#keeper = new FillKeeper(parts)
    this.#health = parts.health
    this.#leases = parts.leases
    this.#space = parts.space
    this.#lanes = parts.lanes
    this.#clock = parts.clock
    this.#log = parts.log
  }

  get counts(): Readonly<FillCounts> {
    return this.#counts
  }

  /** Those that wait for their turn included. */
  get runningCount(): number {
    return this.#all.size
  }

  /**
   * Joins the download of `digest`, or starts it.
   * @returns undefined when the blob is in the store: a download ended a moment ago
   */
  open(target: PullTarget, digest: Digest, expectedBytes: number | undefined): Coalesced<Fill | undefined> {
    const running = this.#joinable(digest)
    const beside = running?.fill !== undefined && !running.fill.ingest.joinable
    if (running !== undefined && !beside) {
      this.#counts.joined += 1
      return { result: running.result, joined: true }
    }
    const begun: Running = { result: this.#beginLeased(target, digest, expectedBytes, beside) }
    this.#running.set(digest, begun)
    this.#all.add(begun)
    const ended = this.#runToTheEnd(begun, digest).finally(() => this.#ended.delete(ended))
    begun.ended = ended
    this.#ended.add(ended)
    return { result: begun.result, joined: false }
  }

  /** Waits for the end of a download that is running, the commit included, and tells whether the blob is here. */
  async kept(digest: Digest): Promise<boolean> {
    const fill = await this.#running.get(digest)?.result.catch(() => undefined)
    await fill?.settled
    return this.#shelf.has(digest)
  }

  /** Stops all downloads, keeping what they have, and waits until their files are closed. */
  async suspend(): Promise<void> {
    this.#stopping = true
    for (const { result } of this.#all) {
      result.then(
        (fill) => fill?.suspend(),
        () => {},
      )
    }
    await Promise.all(this.#ended)
  }

  /** The lease is the fill's, which ends it; without a fill it ends here. */
  async #beginLeased(
    target: PullTarget,
    digest: Digest,
    expectedBytes: number | undefined,
    beside: boolean,
  ): Promise<Fill | undefined> {
    const lease = await this.#leases.acquire(digest)
    let fill: Fill | undefined
    try {
      fill = await this.#begin(target, digest, expectedBytes, beside)
      fill?.settled.then(() => lease.release())
      return fill
    } finally {
      if (fill === undefined) lease.release()
    }
  }

  async #begin(
    target: PullTarget,
    digest: Digest,
    expectedBytes: number | undefined,
    beside: boolean,
  ): Promise<Fill | undefined> {
    await this.#failing.get(digest)
    // Nobody else can start this download from here on, so a blob that is not here now has to be fetched.
    if (await this.#shelf.has(digest)) return undefined
    const reservation = beside ? undefined : await this.#reserve(digest, expectedBytes)
    const ingest = await this.#ingestFor(digest, reservation)
    const { bandwidth } = this.#lanes.of(target.policy)
    const shared = { health: this.#health, counts: this.#counts, clock: this.#clock, log: this.#log }
    const fill = new Fill({ target, ingest, expectedBytes, reservation, bandwidth, ...shared })
    this.#counts.started += 1
    if (this.#stopping) fill.suspend()
    return fill
  }

  /** Undefined when the storage takes nothing, or the budget has no room: the download keeps nothing then. */
  async #reserve(digest: Digest, expectedBytes: number | undefined): Promise<Reservation | undefined> {
    if (!this.#health.admits()) return undefined
    return this.#health.read(() => this.#space.reserve(digest, expectedBytes ?? 0))
  }

  /** One that keeps what comes, if the storage can. */
  async #ingestFor(digest: Digest, reservation: Reservation | undefined): Promise<Ingest> {
    if (reservation === undefined) return this.#ingests.pass(digest)
    try {
      const ingest = await this.#ingests.begin(digest)
      reservation.track(() => ingest.acceptedBytes)
      return ingest
    } catch (error) {
      reservation.release(0)
      if (!this.#health.met(error)) throw error
      return this.#ingests.pass(digest)
    }
  }

  async #runToTheEnd(running: Running, digest: Digest): Promise<void> {
    try {
      const fill = await running.result
      if (fill === undefined) return
      running.fill = fill
      await using copy = new SmallCopy(fill)
      const { slots } = this.#lanes.of(fill.target.policy)
      await slots.acquire()
      try {
        await fill.run(() => this.#leave(running, digest))
      } finally {
        slots.release()
      }
      this.#counts[(await this.#keeper.keep(fill, copy)) ? 'committed' : 'passed'] += 1
    } catch (error) {
      this.#noteFailure(digest, error)
    } finally {
      running.fill?.release()
      // What is not in the store is begun anew by the next who looks: its file has to be closed by then.
      if (running.fill?.ingest.kept === false) await running.fill.ingest.close()
      // Whoever looks from here on finds the blob, or starts anew; whoever looked before holds the ingest.
      if (this.#running.get(digest) === running) this.#running.delete(digest)
      this.#all.delete(running)
      running.fill?.settle()
      await running.fill?.ingest.close()
    }
  }

  #joinable(digest: Digest): Running | undefined {
    const running = this.#running.get(digest)
    // Bytes that turn out to be wrong are told by the ingest itself.
    if (running?.fill?.ingest.growth.failure !== undefined) this.#leave(running, digest)
    return this.#running.get(digest)
  }

  /** Who is told that it failed may ask again at once, and must not find it. */
  #leave(running: Running, digest: Digest): void {
    // What comes while the server stops is stopped with it.
    if (this.#stopping) return
    if (this.#running.get(digest) === running) this.#running.delete(digest)
    const failing = Promise.all([this.#failing.get(digest), running.ended]).then(() => {
      if (this.#failing.get(digest) === failing) this.#failing.delete(digest)
    })
    this.#failing.set(digest, failing)
  }

  #noteFailure(digest: Digest, error: unknown): void {
    const isStopped = error instanceof FillSuspended || error instanceof NobodyReads
    this.#counts[isStopped ? 'stopped' : 'failed'] += 1
    logFillFailure(this.#log, digest, error)
  }
}

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import type { BlobStore } from '../store/blob-store.ts'
import type { Catalog } from '../store/catalog.ts'
import type { Ingests } from '../store/ingest.ts'
import type { BudgetRules } from './budget.ts'
import type { EvictionCounts } from './cache-activity.ts'
import type { CacheAdmin } from './cache-admin.ts'
import { Collector } from './collector.ts'
import { Evictor } from './evict.ts'
import { ImageAdmin } from './image-admin.ts'
import type { Leases } from './leases.ts'
import type { Memory } from './memory.ts'
import { Pulls } from './pulls.ts'
import { Reconciler } from './reconcile.ts'
import { Space } from './space.ts'

export interface SpaceRules {
  readonly budget: BudgetRules
  /** Images that nobody pulled for this long are collected. Absent: none. */
  readonly maxAgeMs: number | undefined
  /** What the filesystem of the storage has left, in bytes. */
  readonly freeBytes: () => Promise<number>
}

/** Everything that keeps the cache within its bounds. */
export class Housekeeping {
  readonly pulls: Pulls
  readonly space: Space
  readonly admin: CacheAdmin
  readonly #evictor: Evictor
  readonly #reconciler: Reconciler
  readonly #collector: Collector
  readonly #log: Log
  #starting: Promise<void> | undefined

  constructor(parts: {
    catalog: Catalog
    store: BlobStore
    ingests: Ingests
    leases: Leases
    memory: Memory
    rules: SpaceRules
    clock: Clock
    log: Log
  }) {
    const { catalog, store, ingests, leases, memory, rules, clock, log } = parts
    const { images, space: accounts } = catalog
    this.#log = log
    const pulls = new Pulls(images, clock, log)
    const evictor = new Evictor({ images, space: accounts, store, leases, memory, pulls, clock, log })
    const space = new Space({
      catalog: accounts,
      ingests,
      evictor,
      rules: rules.budget,
      freeBytes: rules.freeBytes,
      log,
    })
    const collector = new Collector({ evictor, space, maxAgeMs: rules.maxAgeMs, clock, log })
    this.admin = new ImageAdmin({ images, catalog: accounts, space, evictor, collector, pulls })
    const unfinished = { list: () => ingests.list(), discard: (digest: Digest) => space.discard(digest) }
    const { blobs } = catalog
    this.#reconciler = new Reconciler({ store, unfinished, blobs, leases, clock, log })
    this.pulls = pulls
    this.#evictor = evictor
    this.space = space
    this.#collector = collector
  }

  /** What was taken away, since the start. */
  get evicted(): Readonly<EvictionCounts> {
    return this.#evictor.counts
  }

  /** The storage took no more, whatever the account says: makes room, in the background. */
  onFull(): void {
    this.space.relieve().catch((error: unknown) => {
      this.#log.error({ event: 'space.relieve_failed', err: error }, 'no room was made')
    })
  }

  /**
   * Keeps to the bounds, in the background until `close`: first by what the catalog says, since comparing it with a
   * large disk takes minutes; then disk and catalog are brought together, and what a crash kept from the catalog
   * counts too.
   */
  start(): void {
    this.#starting ??= this.space
      .check()
      .catch((error: unknown) => {
        this.#log.error({ event: 'space.check_failed', err: error }, 'the bounds were not looked at')
      })
      .then(() => this.#reconciler.start())
      .then(() => this.#collector.start())
  }

  async close(): Promise<void> {
    this.#evictor.stop()
    const stopped = this.#reconciler.stop()
    await this.#starting
    await stopped
    await this.#collector.stop()
    await this.pulls.close()
  }
}

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import type { BlobStore, StoredBlob } from '../store/blob-store.ts'
import type { BlobCatalog } from '../store/catalog.ts'
import { BlobNotFound } from '../store/errors.ts'
import type { Ingests } from '../store/ingest.ts'
import type { Leases } from './leases.ts'

/** What lies around unfinished, and how it is given up. */
export type Unfinished = Pick<Ingests, 'list' | 'discard'>

/** A partial download that nobody asked for again for this long is given up. */
export const DEAD_INGEST_MS = 7 * 24 * 60 * 60 * 1000

/** After so many entries the walk rests, so that pulls have the disk. */
const BATCH = 200
const REST_MS = 20

export interface Reconciled {
  filesSeen: number
  /** Files that a crash kept from the catalog. */
  rowsAdded: number
  /** Rows whose file is gone. */
  rowsRemoved: number
  /** Files that are not as long as they were. */
  truncatedRemoved: number
  /** Partial downloads that nobody came back for, or whose blob is here by now. */
  ingestsRemoved: number
  /** Partial downloads that are resumed when somebody asks. */
  ingestsKept: number
}

/**
 * Brings disk and catalog together after a crash, behind the backs of running pulls and at a limited rate.
 * Nothing here is needed for correct answers: a file's length is checked whenever it is opened.
 */
export class Reconciler {
  readonly #store: BlobStore
  readonly #unfinished: Unfinished
  readonly #blobs: BlobCatalog
  readonly #leases: Leases
  readonly #clock: Clock
  readonly #log: Log
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #sinceRest = 0

  constructor(parts: {
    store: BlobStore
    unfinished: Unfinished
    blobs: BlobCatalog
    leases: Leases
    clock: Clock
    log: Log
  }) {
    this.#store = parts.store
    this.#unfinished = parts.unfinished
    this.#blobs = parts.blobs
    this.#leases = parts.leases
    this.#clock = parts.clock
    this.#log = parts.log
  }

  /**
   * Begins in the background. What was done, or what kept it from being done, is logged.
   * @returns resolves at the end, whatever that is
   */
  start(): Promise<void> {
    this.#running ??= this.run().then(
      (done) => this.#log.info({ event: 'storage.reconciled', ...done }, 'disk and catalog compared'),
      (error: unknown) => {
        if (this.#stop.signal.aborted) return
        this.#log.error({ event: 'storage.reconcile_failed', err: error }, 'disk and catalog not compared')
      },
    )
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async run(): Promise<Reconciled> {
    const done: Reconciled = {
      filesSeen: 0,
      rowsAdded: 0,
      rowsRemoved: 0,
      truncatedRemoved: 0,
      ingestsRemoved: 0,
      ingestsKept: 0,
    }
    await this.#filePass(done)
    await this.#rowPass(done)
    await this.#ingestPass(done)
    return done
  }

  async #ingestPass(done: Reconciled): Promise<void> {
    for await (const { digest, changedAt } of this.#unfinished.list()) {
      await this.#rest()
      const isYoung = this.#clock.now() - changedAt < DEAD_INGEST_MS
      // One whose blob is here was begun while a crash had left that blob without its row.
      if (isYoung && (await this.#blobs.find(digest)) === undefined) {
        done.ingestsKept += 1
        continue
      }
      await this.#unfinished.discard(digest)
      done.ingestsRemoved += 1
    }
  }

  async #filePass(done: Reconciled): Promise<void> {
    for await (const file of this.#store.walk()) {
      await this.#rest()
      done.filesSeen += 1
      await this.#reconcileFile(file, done)
    }
  }

  async #reconcileFile({ digest, sizeBytes }: StoredBlob, done: Reconciled): Promise<void> {
    const row = await this.#blobs.find(digest)
    if (row === undefined) {
      if (await this.#addRow(digest)) done.rowsAdded += 1
    } else if (row.sizeBytes !== sizeBytes) {
      if (await this.#removeCut(digest)) done.truncatedRemoved += 1
    }
  }

  /** Files appear by the rename of a verified, synced ingest: only the row was lost. */
  async #addRow(digest: Digest): Promise<boolean> {
    // What is evicted has no row while its file goes: it must not get one again.
    const lease = await this.#leases.acquire(digest)
    try {
      const sizeBytes = await this.#sizeOf(digest)
      if (sizeBytes === undefined || (await this.#blobs.find(digest)) !== undefined) return false
      await this.#blobs.put(digest, sizeBytes, this.#clock.now())
      return true
    } finally {
      lease.release()
    }
  }

  /** Whoever reads it meanwhile notices, and has it fetched anew: that is not for us to take away. */
  async #removeCut(digest: Digest): Promise<boolean> {
    const removed = await this.#leases.remove(digest, async () => {
      const row = await this.#blobs.find(digest)
      if (row === undefined || row.sizeBytes === (await this.#sizeOf(digest))) return false
      await this.#blobs.delete(digest)
      await this.#store.delete(digest)
      return true
    })
    return removed === true
  }

  async #rowPass(done: Reconciled): Promise<void> {
    for (let rows = await this.#blobs.list(undefined, BATCH); rows.length > 0; ) {
      for (const { digest } of rows) {
        await this.#rest()
        if ((await this.#sizeOf(digest)) === undefined && (await this.#removeRow(digest))) {
          done.rowsRemoved += 1
        }
      }
      rows = await this.#blobs.list(rows.at(-1)?.digest, BATCH)
    }
  }

  /** Looks again: since the row was listed it may have been evicted, and downloaded anew. */
  async #removeRow(digest: Digest): Promise<boolean> {
    const removed = await this.#leases.remove(digest, async () => {
      if ((await this.#sizeOf(digest)) !== undefined) return false
      if ((await this.#blobs.find(digest)) === undefined) return false
      await this.#blobs.delete(digest)
      return true
    })
    return removed === true
  }

  async #sizeOf(digest: Digest): Promise<number | undefined> {
    try {
      await using blob = await this.#store.open(digest)
      return blob.sizeBytes
    } catch (error) {
      if (error instanceof BlobNotFound) return undefined
      throw error
    }
  }

  async #rest(): Promise<void> {
    this.#stop.signal.throwIfAborted()
    this.#sinceRest += 1
    if (this.#sinceRest < BATCH) return
    this.#sinceRest = 0
    await this.#clock.sleep(REST_MS, this.#stop.signal)
  }
}

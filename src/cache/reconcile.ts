import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import type { BlobStore, StoredBlob } from '../store/blob-store.ts'
import type { BlobCatalog } from '../store/catalog.ts'
import { BlobNotFound } from '../store/errors.ts'
import type { Ingests } from '../store/ingest.ts'
import { Leases } from './leases.ts'

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
  /** Partial downloads that nobody came back for. */
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
  readonly #ingests: Ingests
  readonly #blobs: BlobCatalog
  readonly #leases: Leases
  readonly #clock: Clock
  readonly #log: Log
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #sinceRest = 0

  constructor(parts: {
    store: BlobStore
    ingests: Ingests
    blobs: BlobCatalog
    leases?: Leases
    clock: Clock
    log: Log
  }) {
    this.#store = parts.store
    this.#ingests = parts.ingests
    this.#blobs = parts.blobs
    this.#leases = parts.leases ?? new Leases()
    this.#clock = parts.clock
    this.#log = parts.log
  }

  /** Begins in the background. What was done, or what kept it from being done, is logged. */
  start(): void {
    this.#running ??= this.run().then(
      (done) => this.#log.info({ event: 'storage.reconciled', ...done }, 'disk and catalog compared'),
      (error: unknown) => {
        if (this.#stop.signal.aborted) return
        this.#log.error({ event: 'storage.reconcile_failed', err: error }, 'disk and catalog not compared')
      },
    )
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
    await this.#ingestPass(done)
    await this.#filePass(done)
    await this.#rowPass(done)
    return done
  }

  async #ingestPass(done: Reconciled): Promise<void> {
    for await (const ingest of this.#ingests.list()) {
      await this.#rest()
      if (this.#clock.now() - ingest.changedAt < DEAD_INGEST_MS) {
        done.ingestsKept += 1
        continue
      }
      await this.#ingests.discard(ingest.digest)
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

  async #reconcileFile(file: StoredBlob, done: Reconciled): Promise<void> {
    // What is evicted has no row while its file goes: it must not get one again.
    const lease = await this.#leases.acquire(file.digest)
    try {
      await this.#reconcileLeased(file, done)
    } finally {
      lease.release()
    }
  }

  async #reconcileLeased(file: StoredBlob, done: Reconciled): Promise<void> {
    const row = await this.#blobs.find(file.digest)
    if (row === undefined) {
      if (!(await this.#isThere(file.digest))) return
      // Files appear by the rename of a verified, synced ingest: only the row was lost.
      await this.#blobs.put(file.digest, file.sizeBytes, this.#clock.now())
      done.rowsAdded += 1
    } else if (row.sizeBytes !== file.sizeBytes) {
      await this.#blobs.delete(file.digest)
      await this.#store.delete(file.digest)
      done.truncatedRemoved += 1
    }
  }

  async #rowPass(done: Reconciled): Promise<void> {
    for (let rows = await this.#blobs.list(undefined, BATCH); rows.length > 0; ) {
      for (const { digest } of rows) {
        await this.#rest()
        try {
          await using _blob = await this.#store.open(digest)
        } catch (error) {
          if (!(error instanceof BlobNotFound)) throw error
          await this.#blobs.delete(digest)
          done.rowsRemoved += 1
        }
      }
      rows = await this.#blobs.list(rows.at(-1)?.digest, BATCH)
    }
  }

  async #isThere(digest: Digest): Promise<boolean> {
    try {
      await using _blob = await this.#store.open(digest)
      return true
    } catch (error) {
      if (error instanceof BlobNotFound) return false
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

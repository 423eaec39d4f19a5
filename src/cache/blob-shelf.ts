import { LRUCache } from 'lru-cache'
import { atMostEntries } from '../at-most-entries.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import type { Blob, BlobStore } from '../store/blob-store.ts'
import type { BlobCatalog } from '../store/catalog.ts'
import { BlobNotFound } from '../store/errors.ts'
import { readWhole } from '../streams/read-whole.ts'
import { Coalescer } from './coalesce.ts'
import { MemoryBlob } from './memory-blob.ts'
import { type StorageHealth, UNSTORED_MS } from './storage-health.ts'

/** Blobs up to this size (configs, small layers) are kept in memory while they are asked for. */
const MAX_SMALL_BLOB_BYTES = 256 * 1024
const MAX_MEMORY_BYTES = 64 * 1024 * 1024
const MAX_SIZES_IN_MEMORY = 200_000
const MAX_UNREADABLE = 10_000

/** Blobs at hand: small and often asked ones in memory, all others in the store. */
export class BlobShelf {
  readonly #store: BlobStore
  readonly #catalog: BlobCatalog
  readonly #health: StorageHealth
  readonly #log: Log
  readonly #sizes = new LRUCache<Digest, number>(atMostEntries(MAX_SIZES_IN_MEMORY))
  readonly #small: LRUCache<Digest, Buffer>

  readonly #unreadable = new LRUCache<Digest, true>({ max: MAX_UNREADABLE })
  readonly #drops = new Coalescer<void>()

  constructor(parts: {
    store: BlobStore
    blobs: BlobCatalog
    health: StorageHealth
    clock: Clock
    log: Log
  }) {
    this.#store = parts.store
    this.#catalog = parts.blobs
    this.#health = parts.health
    this.#log = parts.log
    this.#small = new LRUCache({
      maxSize: MAX_MEMORY_BYTES,
      sizeCalculation: (bytes) => bytes.length + 512,
      perf: parts.clock,
      ttlResolution: 0,
    })
  }

  /** Size of a blob that is here, or undefined. */
  async findSize(digest: Digest): Promise<number | undefined> {
    const remembered = this.#sizes.get(digest) ?? this.#small.get(digest)?.length
    if (remembered !== undefined) return remembered
    const row = await this.#health.read(() => this.#catalog.find(digest))
    if (row !== undefined) this.#sizes.set(digest, row.sizeBytes)
    return row?.sizeBytes
  }

  /** Whether the catalog has a blob, and its file could be read when it was last tried. */
  async has(digest: Digest): Promise<boolean> {
    if (this.#unreadable.has(digest)) return false
    return (await this.#health.read(() => this.#catalog.find(digest))) !== undefined
  }

  /**
   * Opens a blob that is here, or resolves with undefined. A file that is gone, or is not as long as it was
   * when it was committed, is no blob: what is left of it is removed, and it will be fetched again.
   */
  async open(digest: Digest): Promise<Blob | undefined> {
    const small = this.#small.get(digest)
    if (small !== undefined) return new MemoryBlob(digest, small)
    const sizeBytes = await this.findSize(digest)
    if (sizeBytes === undefined) return undefined
    try {
      const opened = await this.#openFile(digest, sizeBytes)
      this.#unreadable.delete(digest)
      if (typeof opened !== 'string')
        return sizeBytes > MAX_SMALL_BLOB_BYTES ? opened : await this.#copy(opened)
      await this.#drops.run(digest, () => this.#drop(digest)).result
    } catch (error) {
      // A file that cannot be read now may be read later: it stays, and the upstream is asked meanwhile.
      if (!this.#health.met(error)) throw error
      this.#unreadable.set(digest, true)
    }
    return undefined
  }

  /** A small blob that was verified, and could not be kept: it is here for a moment all the same. */
  remember(digest: Digest, bytes: Buffer): void {
    this.#small.set(digest, bytes, { ttl: UNSTORED_MS })
  }

  /** It is gone from the catalog. */
  forget(digest: Digest): void {
    this.#sizes.delete(digest)
    this.#small.delete(digest)
  }

  async #copy(blob: Blob): Promise<Blob> {
    await using file = blob
    await using reader = file.read(0, file.sizeBytes)
    const bytes = await readWhole(reader, file.sizeBytes)
    this.#small.set(blob.digest, bytes)
    return new MemoryBlob(blob.digest, bytes)
  }

  /** Opens the file, or says what is wrong with it. */
  async #openFile(digest: Digest, sizeBytes: number): Promise<Blob | string> {
    try {
      const blob = await this.#store.open(digest)
      if (blob.sizeBytes === sizeBytes) return blob
      await blob[Symbol.asyncDispose]()
      return `its file has ${blob.sizeBytes} bytes instead of ${sizeBytes}`
    } catch (error) {
      if (error instanceof BlobNotFound) return 'its file is gone'
      throw error
    }
  }

  /** Looks again first: since it was found wrong, somebody else may have dropped it, and it may be here anew. */
  async #drop(digest: Digest): Promise<void> {
    this.#sizes.delete(digest)
    const row = await this.#catalog.find(digest)
    if (row === undefined) return
    const opened = await this.#openFile(digest, row.sizeBytes)
    if (typeof opened !== 'string') return opened[Symbol.asyncDispose]()
    this.#log.error({ event: 'blob.lost', digest }, `${opened}: the blob is fetched again`)
    // The file first: while there is a row nobody fetches it, so that what is removed is never what just came.
    await this.#store.delete(digest)
    await this.#catalog.delete(digest)
    this.#sizes.delete(digest)
  }
}

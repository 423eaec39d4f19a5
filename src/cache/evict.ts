import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import type { BlobStore } from '../store/blob-store.ts'
import type { ImageCatalog, SpaceCatalog, StoredImage, Unneeded } from '../store/catalog.ts'
import type { EvictionCounts } from './cache-activity.ts'
import type { Leases } from './leases.ts'
import type { Memory } from './memory.ts'
import type { Pulls } from './pulls.ts'

/** Looked at between two rests of the event loop. */
const BATCH = 8

/** So many images in use, one after the other, are enough to give up: somebody waits for the room. */
const MAX_SKIPPED = 1_000

/** A blob may come before its manifest, and a manifest before its tag: both are given this long. */
export const UNNEEDED_GRACE_MS = 24 * 60 * 60 * 1000

/**
 * Takes away what is needed the least: first what no image needs, then images, the least recently pulled first,
 * each with what only it needed. Content that came without an image stands in the same order. Never what is leased or pinned. One at a time; others wait in order.
 */
export class Evictor {
  readonly #images: ImageCatalog
  readonly #space: SpaceCatalog
  readonly #store: BlobStore
  readonly #leases: Leases
  readonly #memory: Memory
  readonly #pulls: Pulls
  readonly #clock: Clock
  readonly #log: Log
  readonly #counts: EvictionCounts = { images: 0, blobs: 0, bytes: 0 }
  #last: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(parts: {
    images: ImageCatalog
    space: SpaceCatalog
    store: BlobStore
    leases: Leases
    memory: Memory
    pulls: Pulls
    clock: Clock
    log: Log
  }) {
    this.#images = parts.images
    this.#space = parts.space
    this.#store = parts.store
    this.#leases = parts.leases
    this.#memory = parts.memory
    this.#pulls = parts.pulls
    this.#clock = parts.clock
    this.#log = parts.log
  }

  /** All of it, since the start. */
  get counts(): Readonly<EvictionCounts> {
    return this.#counts
  }

  /** Frees at least so many bytes, when there is so much that may go. */
  free(bytes: number): Promise<EvictionCounts> {
    return this.#inTurn(async (done) => {
      const enough = () => done.bytes >= bytes
      await this.#evictImages(done, Number.MAX_SAFE_INTEGER, enough)
      await this.#collect(done, Number.MAX_SAFE_INTEGER, enough)
    })
  }

  /** Takes away the images that were not pulled since, and what nobody has needed since `unneededBefore`. */
  collect(pulledBefore: number, unneededBefore: number): Promise<EvictionCounts> {
    return this.#inTurn(async (done) => {
      await this.#evictImages(done, pulledBefore, () => false)
      await this.#collect(done, unneededBefore, () => false)
    })
  }

  /** Ends what is running at its next step, for good: what is not done yet is done after the next start. */
  stop(): void {
    this.#stopped = true
  }

  /** Takes away one image, pinned or not, and what only it needed. */
  async remove(name: string): Promise<EvictionCounts | undefined> {
    let found = false
    const done = await this.#inTurn(async (counted) => {
      const image = await this.#images.delete(name)
      if (image === undefined) return
      found = true
      this.#forgetImage(image, counted)
      await this.#collect(counted, 0, () => false)
    })
    return found ? done : undefined
  }

  #inTurn(work: (done: EvictionCounts) => Promise<void>): Promise<EvictionCounts> {
    const result = this.#last.then(async () => {
      const done: EvictionCounts = { images: 0, blobs: 0, bytes: 0 }
      // Who was pulled a moment ago is not the least recently pulled.
      await this.#pulls.flush()
      // Nor is it who was pulled while the clock was ahead.
      await this.#images.dateBack(this.#clock.now())
      try {
        await work(done)
      } finally {
        this.#count(done)
      }
      if (done.images > 0 || done.blobs > 0) {
        this.#log.info({ event: 'space.evicted', ...done }, 'made room')
      }
      return done
    })
    this.#last = result.catch(() => {})
    return result
  }

  #count({ images, blobs, bytes }: EvictionCounts): void {
    this.#counts.images += images
    this.#counts.blobs += blobs
    this.#counts.bytes += bytes
  }

  async #evictImages(done: EvictionCounts, pulledBefore: number, enough: () => boolean): Promise<void> {
    let after: StoredImage | undefined
    let skipped = 0
    while (!this.#stopped && !enough() && skipped < MAX_SKIPPED) {
      const images = await this.#images.listByPull(after, BATCH)
      if (images.length === 0) return
      for (const image of images) {
        if (this.#stopped || image.lastPulledAt >= pulledBefore) return
        await this.#collect(done, image.lastPulledAt, enough)
        if (enough()) return
        after = image
        if (await this.#isInUse(image)) {
          skipped += 1
          continue
        }
        const deleted = await this.#images.delete(image.name, image.lastPulledAt)
        if (deleted === undefined) continue
        this.#forgetImage(deleted, done)
        await this.#collect(done, 0, () => false)
      }
      await this.#rest()
    }
  }

  /** Step by step: what goes leaves others unneeded, which are found by the next look. */
  async #collect(done: EvictionCounts, until: number, enough: () => boolean): Promise<void> {
    let after: Unneeded | undefined
    let gone = 0
    while (!this.#stopped && !enough()) {
      const rows = await this.#space.listUnneeded(after, BATCH)
      const due = rows.filter((row) => row.since <= until)
      const sizes = await Promise.all(due.map((row) => this.#take(row)))
      const taken = sizes.filter((bytes) => bytes !== undefined)
      for (const [index, bytes] of sizes.entries()) {
        if (bytes === undefined) continue
        done.bytes += bytes
        if (due[index]?.kind === 'blob') done.blobs += 1
      }
      gone += taken.length
      if (due.length < BATCH) {
        // From the start again while that changes something: what was found behind us comes before us.
        if (gone === 0) return
        gone = 0
        after = undefined
      } else {
        after = due.at(-1)
      }
      await this.#rest()
    }
  }

  /** @returns the bytes that went, or undefined when it stays */
  async #take({ digest, kind, sizeBytes }: Unneeded): Promise<number | undefined> {
    return this.#leases.remove(digest, async () => {
      const proofs = await this.#space.collect(digest, kind)
      if (proofs === undefined) return undefined
      this.#memory.forgetContent(digest, proofs)
      // The row is gone first: a crash leaves a file without a row, which the walk after the start adds again.
      if (kind === 'blob') await this.#store.delete(digest)
      return sizeBytes
    })
  }

  /** The event loop has its turn, and the disk its time. */
  async #rest(): Promise<void> {
    await new Promise(setImmediate)
    await this.#space.settle()
  }

  #forgetImage(image: StoredImage, done: EvictionCounts): void {
    done.images += 1
    this.#memory.forgetImage(image)
    this.#log.debug({ event: 'image.evicted', image: image.name, digest: image.digest }, 'image evicted')
  }

  async #isInUse(image: StoredImage): Promise<boolean> {
    if (this.#leases.isEmpty) return false
    const content = await this.#images.listContent(image.digest)
    return content.some(({ digest }: { digest: Digest }) => this.#leases.isLeased(digest))
  }
}

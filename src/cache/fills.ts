import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import type { BlobStore } from '../store/blob-store.ts'
import type { BlobCatalog } from '../store/catalog.ts'
import { DigestMismatch, SizeMismatch } from '../store/errors.ts'
import type { Ingests } from '../store/ingest.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type { PullTarget } from './access.ts'
import { Bandwidth } from './bandwidth.ts'
import type { Coalesced } from './coalesce.ts'
import { Fill, FillSuspended } from './fill.ts'
import { FillSlots } from './fill-slots.ts'
import type { Proofs } from './proofs.ts'
import type { UpstreamPolicy } from './upstream-policy.ts'

/** What the downloads from one upstream share. */
interface Lane {
  readonly slots: FillSlots
  readonly bandwidth: Bandwidth | undefined
}

/** All downloads that are running: at most one per digest. */
export class Fills {
  readonly #ingests: Ingests
  readonly #store: BlobStore
  readonly #blobs: BlobCatalog
  readonly #proofs: Proofs
  readonly #clock: Clock
  readonly #log: Log
  readonly #running = new Map<Digest, Promise<Fill | undefined>>()
  readonly #lanes = new Map<string, Lane>()
  readonly #ended = new Set<Promise<void>>()
  #stopping = false

  constructor(parts: {
    ingests: Ingests
    store: BlobStore
    blobs: BlobCatalog
    proofs: Proofs
    clock: Clock
    log: Log
  }) {
    this.#ingests = parts.ingests
    this.#store = parts.store
    this.#blobs = parts.blobs
    this.#proofs = parts.proofs
    this.#clock = parts.clock
    this.#log = parts.log
  }

  /**
   * Joins the download of `digest`, or starts it.
   * @returns undefined when the blob is in the store: a download ended a moment ago
   */
  open(target: PullTarget, digest: Digest, expectedBytes: number | undefined): Coalesced<Fill | undefined> {
    const running = this.#running.get(digest)
    if (running !== undefined) return { result: running, joined: true }
    const starting = this.#begin(target, digest, expectedBytes)
    this.#running.set(digest, starting)
    const ended = this.#runToTheEnd(starting, digest).finally(() => this.#ended.delete(ended))
    this.#ended.add(ended)
    return { result: starting, joined: false }
  }

  /** Stops all downloads, keeping what they have, and waits until their files are closed. */
  async suspend(): Promise<void> {
    this.#stopping = true
    for (const running of this.#running.values()) {
      running.then(
        (fill) => fill?.suspend(),
        () => {},
      )
    }
    await Promise.all(this.#ended)
  }

  async #begin(
    target: PullTarget,
    digest: Digest,
    expectedBytes: number | undefined,
  ): Promise<Fill | undefined> {
    // Nobody else can start this download from here on, so a blob that is not here now has to be fetched.
    if ((await this.#blobs.find(digest)) !== undefined) return undefined
    const ingest = await this.#ingests.begin(digest)
    const { bandwidth } = this.#laneOf(target.policy)
    const fill = new Fill({ target, ingest, expectedBytes, bandwidth, clock: this.#clock, log: this.#log })
    if (this.#stopping) fill.suspend()
    return fill
  }

  async #runToTheEnd(starting: Promise<Fill | undefined>, digest: Digest): Promise<void> {
    try {
      const fill = await starting
      if (fill === undefined) return
      const { slots } = this.#laneOf(fill.target.policy)
      await slots.acquire()
      try {
        await fill.run()
      } finally {
        slots.release()
      }
      await this.#commit(fill)
    } catch (error) {
      this.#logFailure(digest, error)
    } finally {
      // Whoever looks from here on finds the blob, or starts anew; whoever looked before holds the ingest.
      this.#running.delete(digest)
      const fill = await starting.catch(() => undefined)
      fill?.settle()
      await fill?.ingest.close()
    }
  }

  async #commit(fill: Fill): Promise<void> {
    const sizeBytes = fill.ingest.acceptedBytes
    await this.#store.commit(fill.ingest)
    await this.#blobs.put(fill.digest, sizeBytes, this.#clock.now())
    await this.#proofs.record(fill.target, fill.digest, fill.target.access.askAs)
    const { policy, repository } = fill.target
    this.#log.info(
      {
        event: 'blob.committed',
        upstream: policy.name,
        repository,
        digest: fill.digest,
        sizeBytes,
        upstreamRequests: fill.upstreamRequests,
      },
      'blob cached',
    )
  }

  #laneOf({ name, maxDownloads, bytesPerSecond }: UpstreamPolicy): Lane {
    const known = this.#lanes.get(name)
    if (known !== undefined) return known
    const bandwidth = bytesPerSecond === undefined ? undefined : new Bandwidth(bytesPerSecond, this.#clock)
    const lane = { slots: new FillSlots(maxDownloads), bandwidth }
    this.#lanes.set(name, lane)
    return lane
  }

  #logFailure(digest: Digest, error: unknown): void {
    if (error instanceof FillSuspended) {
      this.#log.info({ event: 'fill.suspended', digest }, 'download stopped, to be resumed')
    } else if (error instanceof DigestMismatch || error instanceof SizeMismatch) {
      this.#log.error({ event: 'blob.refused', digest, code: error.code }, error.message)
    } else if (error instanceof UpstreamError) {
      this.#log.warn(
        { event: 'fill.failed', digest, code: error.code, upstream: error.upstream },
        error.message,
      )
    } else {
      this.#log.error({ event: 'fill.failed', digest, err: error }, 'download failed')
    }
  }
}

import type { Clock } from '../clock.ts'
import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import { MANIFEST_ACCEPT } from '../oci/media-types.ts'
import type { Reference } from '../oci/reference.ts'
import type { PullTarget } from './access.ts'
import type { BlobReply } from './blob-flow.ts'
import type { ManifestReply } from './manifest-flow.ts'
import type { PullThrough } from './pull-through.ts'
import { chooseWarmed, type WantedPlatforms } from './warm-choice.ts'

/** Blobs of one image that are brought at the same time: as many as Docker pulls twice over. */
const BLOBS_AT_ONCE = 6

/** How much of a blob is looked at in one go; one such buffer per blob that is brought. */
const READ_BYTES = 256 * 1024

export interface WarmOrder {
  /**
   * As whom the image is pulled, in the order of preference: what everybody may have should be proved for
   * everybody, and only the rest for those with an account.
   */
  readonly targets: readonly PullTarget[]
  readonly reference: Reference
  readonly platforms: WantedPlatforms
}

export interface WarmProgress {
  /** Bytes of blobs that are here now, in whole or in part. */
  readonly doneBytes: number
  /** Those of them that came from the upstream. */
  readonly fetchedBytes: number
  /** Unknown until every manifest has been read. */
  readonly totalBytes: number | undefined
  /** Average since the first blob was asked for. */
  readonly bytesPerSecond: number
}

export interface WarmSummary extends WarmProgress {
  /** What the name stands for. */
  readonly digest: Digest
  readonly fetchedManifests: number
  readonly presentManifests: number
  readonly fetchedBlobs: number
  readonly presentBlobs: number
  readonly durationMs: number
  /** Why the image is what it was, when the upstream could not confirm it. */
  readonly warning: string | undefined
  /** Wanted, and not in the image. */
  readonly missingPlatforms: readonly string[]
}

/** What warming needs of a cache. */
export type WarmedCache = Pick<PullThrough, 'getManifest' | 'getBlob' | 'keptBlob'>

interface WantedBlob {
  readonly digest: Digest
  readonly sizeBytes: number
}

/** One image on its way into the cache: its manifests, then the blobs of the wanted platforms. */
export class Warming {
  readonly #cache: WarmedCache
  readonly #order: WarmOrder
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #startedAt: number
  readonly #blobs = new Map<Digest, WantedBlob>()
  readonly #missing = new Set<string>()
  #askedAt: number | undefined
  #totalBytes: number | undefined
  #doneBytes = 0
  #fetchedBytes = 0
  #manifests = { fetched: 0, present: 0 }
  #count = { fetched: 0, present: 0 }

  /** @param signal stops it between two steps; downloads that it started go on */
  constructor(cache: WarmedCache, order: WarmOrder, clock: Clock, signal: AbortSignal) {
    this.#cache = cache
    this.#order = order
    this.#clock = clock
    this.#signal = signal
    this.#startedAt = clock.now()
  }

  get progress(): WarmProgress {
    const elapsedMs = this.#clock.now() - (this.#askedAt ?? this.#clock.now())
    return {
      doneBytes: this.#doneBytes,
      fetchedBytes: this.#fetchedBytes,
      totalBytes: this.#totalBytes,
      bytesPerSecond: elapsedMs > 0 ? Math.round((this.#fetchedBytes * 1000) / elapsedMs) : 0,
    }
  }

  /**
   * Called once.
   * @throws OciError for what cannot be had; the signal's reason when it stops
   */
  async run(): Promise<WarmSummary> {
    const { target, root } = await this.#openRoot()
    await this.#collect(target, root, 0)
    this.#totalBytes = [...this.#blobs.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    this.#askedAt = this.#clock.now()
    await this.#bringAll(target)
    return {
      ...this.progress,
      digest: root.digest,
      fetchedManifests: this.#manifests.fetched,
      presentManifests: this.#manifests.present,
      fetchedBlobs: this.#count.fetched,
      presentBlobs: this.#count.present,
      durationMs: this.#clock.now() - this.#startedAt,
      warning: root.warning,
      missingPlatforms: [...this.#missing],
    }
  }

  async #openRoot(): Promise<{ target: PullTarget; root: ManifestReply }> {
    let refusal: unknown
    for (const target of this.#order.targets) {
      try {
        return { target, root: await this.#manifest(target, this.#order.reference) }
      } catch (error) {
        if (!isRefusal(error)) throw error
        refusal ??= error
      }
    }
    throw refusal
  }

  async #collect(target: PullTarget, manifest: ManifestReply, depth: number): Promise<void> {
    const chosen = chooseWarmed(manifest, this.#order.platforms, depth)
    for (const platform of chosen.missingPlatforms) this.#missing.add(platform)
    for (const blob of chosen.blobs) this.#blobs.set(blob.digest, blob)
    for (const digest of chosen.manifests) {
      const child = await this.#manifest(target, { kind: 'digest', digest })
      await this.#collect(target, child, depth + 1)
    }
  }

  async #manifest(target: PullTarget, reference: Reference): Promise<ManifestReply> {
    this.#signal.throwIfAborted()
    const reply = await this.#cache.getManifest(target, reference, MANIFEST_ACCEPT)
    refuseUncached(reply.outcome)
    const isFetched = reply.outcome === 'miss' || reply.outcome === 'updated'
    this.#manifests[isFetched ? 'fetched' : 'present'] += 1
    return reply
  }

  async #bringAll(target: PullTarget): Promise<void> {
    const waiting = [...this.#blobs.values()]
    const failures: unknown[] = []
    const work = async (): Promise<void> => {
      // The first failure decides; what others have begun is brought to its end.
      for (let blob = waiting.shift(); blob !== undefined && failures.length === 0; blob = waiting.shift()) {
        await this.#bring(target, blob).catch((error: unknown) => failures.push(error))
      }
    }
    await Promise.all(Array.from({ length: BLOBS_AT_ONCE }, work))
    if (failures.length > 0) throw failures[0]
  }

  async #bring(target: PullTarget, { digest, sizeBytes }: WantedBlob): Promise<void> {
    this.#signal.throwIfAborted()
    const reply = await this.#cache.getBlob(target, digest)
    try {
      refuseUncached(reply.outcome)
      if (reply.outcome === 'miss') await this.#follow(reply)
      else this.#doneBytes += sizeBytes
      this.#count[reply.outcome === 'miss' ? 'fetched' : 'present'] += 1
    } finally {
      await reply[Symbol.asyncDispose]()
    }
    if (!(await this.#cache.keptBlob(digest))) throw notKept()
  }

  async #follow(reply: BlobReply): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    await using reader = reply.read(0)
    for (let got = await reader.read(buffer); got > 0; got = await reader.read(buffer)) {
      this.#doneBytes += got
      this.#fetchedBytes += got
      this.#signal.throwIfAborted()
    }
  }
}

/** Nobody in particular may be refused what somebody with an account may have; registries say 404 for it too. */
function isRefusal(error: unknown): boolean {
  return error instanceof OciError && (error.code === 'DENIED' || error.code === 'MANIFEST_UNKNOWN')
}

function refuseUncached(outcome: ManifestReply['outcome']): void {
  if (outcome === 'skip') throw notKept()
}

function notKept(): OciError {
  return new OciError('UNKNOWN', 'the storage takes nothing more: what was fetched is not kept')
}

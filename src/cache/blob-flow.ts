import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import { formatImage } from '../oci/reference.ts'
import type { Blob } from '../store/blob-store.ts'
import { DigestMismatch, SizeMismatch } from '../store/errors.ts'
import { NobodyReads, ReaderTooSlow } from '../streams/overflow.ts'
import type { RangeReader } from '../streams/range-reader.ts'
import { UpstreamError, type UpstreamErrorCode } from '../upstream/errors.ts'
import { fetchingProves, type PullTarget, scopeOf, workKey } from './access.ts'
import type { BlobShelf } from './blob-shelf.ts'
import { Coalescer } from './coalesce.ts'
import { toOciError } from './errors.ts'
import { ExplainedRange } from './explained-range.ts'
import { type Fill, FillSuspended } from './fill.ts'
import type { Fills } from './fills.ts'
import { LeasedRange } from './leased-range.ts'
import type { Lease, Leases } from './leases.ts'
import type { ManifestShelf } from './manifest-shelf.ts'
import { MemoryBlob } from './memory-blob.ts'
import { type Answered, answeredByFetch } from './outcome.ts'
import type { Proofs } from './proofs.ts'
import type { SideDownloads } from './side-downloads.ts'
import type { UnknownNames } from './unknown-names.ts'

export interface BlobHead extends Answered {
  readonly digest: Digest
  /** Absent while the upstream has not told it. */
  readonly sizeBytes: number | undefined
}

/** A blob that may be read now, whole or in part. Dispose it when no more reader is taken from it. */
export interface BlobReply extends BlobHead, AsyncDisposable {
  /**
   * Reads from `start` up to `end` (exclusive; absent: the end, or as far as the client wants). The reader is the
   * caller's to dispose.
   */
  read(start: number, end?: number): RangeReader
}

/** Answers for blobs: from the disk, from a download that is running, or by starting one. */
export class BlobFlow {
  readonly #shelf: BlobShelf
  readonly #manifests: ManifestShelf
  readonly #fills: Fills
  readonly #sides: SideDownloads
  readonly #leases: Leases
  readonly #proofs: Proofs
  readonly #unknown: UnknownNames
  readonly #probes = new Coalescer<number | undefined>()

  constructor(parts: {
    shelf: BlobShelf
    manifests: ManifestShelf
    fills: Fills
    sides: SideDownloads
    leases: Leases
    proofs: Proofs
    unknown: UnknownNames
  }) {
    this.#shelf = parts.shelf
    this.#manifests = parts.manifests
    this.#fills = parts.fills
    this.#sides = parts.sides
    this.#leases = parts.leases
    this.#proofs = parts.proofs
    this.#unknown = parts.unknown
  }

  /**
   * GET. Of a cold blob this resolves when the upstream has begun to answer.
   * @throws OciError
   */
  async get(target: PullTarget, digest: Digest): Promise<BlobReply> {
    return this.#answer(target, digest, async () => {
      const lease = await this.#leases.acquire(digest)
      try {
        return this.#leased(await this.#get(target, digest), lease)
      } catch (error) {
        lease.release()
        throw error
      }
    })
  }

  /**
   * HEAD. The size of a blob that is not here is what a manifest says of it, else the upstream is asked for
   * its first byte: upstreams answer HEAD of a blob with the 403 of a signed address that is for GET only.
   * @throws OciError
   */
  async head(target: PullTarget, digest: Digest): Promise<BlobHead> {
    return this.#answer(target, digest, async () => {
      const known = (await this.#shelf.findSize(digest)) ?? (await this.#manifests.find(digest))?.bytes.length
      if (known !== undefined) {
        const asked = await this.#permit(target, digest)
        return { digest, sizeBytes: known, ...asked }
      }
      const reference = await this.#proofs.findReference(target, digest)
      if (reference !== undefined) return { digest, sizeBytes: reference.sizeBytes, outcome: 'miss' }
      return { digest, sizeBytes: await this.#probe(target, digest), outcome: 'miss', upstreamStatus: 200 }
    })
  }

  async #get(target: PullTarget, digest: Digest): Promise<BlobReply> {
    for (;;) {
      const blob = await this.#findHere(digest)
      if (blob !== undefined) return this.#fromHere(target, digest, blob)
      const reply = await this.#fromDownload(target, digest)
      if (reply !== undefined) return reply
    }
  }

  /** What is read stays until nobody reads it. */
  #leased(reply: BlobReply, lease: Lease): BlobReply {
    return {
      ...reply,
      read: (start, end) => new LeasedRange(reply.read(start, end), this.#leases.share(reply.digest)),
      [Symbol.asyncDispose]: async () => {
        lease.release()
        await reply[Symbol.asyncDispose]()
      },
    }
  }

  /** On the disk, or a manifest: containerd asks under /blobs/ for one it did not find under /manifests/. */
  async #findHere(digest: Digest): Promise<Blob | undefined> {
    const blob = await this.#shelf.open(digest)
    if (blob !== undefined) return blob
    const manifest = await this.#manifests.find(digest)
    return manifest && new MemoryBlob(digest, manifest.bytes)
  }

  async #fromHere(target: PullTarget, digest: Digest, blob: Blob): Promise<BlobReply> {
    try {
      const answered = await this.#permit(target, digest)
      return {
        digest,
        sizeBytes: blob.sizeBytes,
        ...answered,
        read: (start, end = blob.sizeBytes) => blob.read(start, end),
        [Symbol.asyncDispose]: () => blob[Symbol.asyncDispose](),
      }
    } catch (error) {
      await blob[Symbol.asyncDispose]()
      throw error
    }
  }

  async #fromDownload(target: PullTarget, digest: Digest): Promise<BlobReply | undefined> {
    const reference = await this.#proofs.findReference(target, digest)
    if (!fetchingProves(target.access) && reference === undefined) await this.#probe(target, digest)
    const { result, joined } = this.#fills.open(target, digest, reference?.sizeBytes)
    const fill = await result
    if (fill === undefined) return undefined
    const { growth } = fill.ingest
    const isForeign = joined && !isOwnKind(target, fill)
    if (growth.failure !== undefined && fill.ingest.kept)
      return this.#unlessRefused(fill, isForeign, growth.failure)
    const held = fill.ingest.hold()
    if (held === undefined) {
      // Committed a moment ago; or passed on without being kept, and to be begun anew for this reader.
      if (fill.ingest.kept) await fill.settled
      return undefined
    }
    try {
      if (isForeign) await this.#probe(target, digest)
    } catch (error) {
      await held[Symbol.asyncDispose]()
      throw error
    }
    try {
      await fill.started
    } catch (error) {
      await held[Symbol.asyncDispose]()
      return this.#unlessRefused(fill, isForeign, error)
    }
    // Verified, and on its way to the disk: whoever comes now waits for nobody.
    const whole = joined && growth.verified
    const { kept } = fill.ingest
    return {
      digest,
      sizeBytes: fill.totalBytes,
      ...(whole && kept ? { outcome: 'hit' } : answeredByFetch(kept, joined)),
      read: (start, end) =>
        new ExplainedRange(this.#sides.read(target, fill, held, start, end), (error) =>
          toReply(error, nameOf(target, digest)),
        ),
      [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
    }
  }

  /** What the upstream refused to whoever began the download is no answer for others: they begin their own. */
  async #unlessRefused(fill: Fill, isForeign: boolean, failure: unknown): Promise<undefined> {
    const isRefused = failure instanceof UpstreamError && REFUSALS.has(failure.code)
    if (!isForeign || !isRefused) throw failure
    await fill.settled
  }

  /** Makes sure that this reader may have content that is here, and says how we know. */
  async #permit(target: PullTarget, digest: Digest): Promise<Answered> {
    if (await this.#proofs.permits(target, digest)) return { outcome: 'hit' }
    await this.#probe(target, digest)
    return { outcome: 'revalidated', upstreamStatus: 200 }
  }

  /** Asks the upstream for one byte, as this reader: the answer is the proof. */
  async #probe(target: PullTarget, digest: Digest): Promise<number | undefined> {
    const { policy, repository, access } = target
    return this.#probes.run(workKey(target, digest), async () => {
      const { totalBytes } = await policy.upstream.probeBlob(repository, digest, { credential: access.askAs })
      await this.#proofs.record(target, digest, access.askAs)
      return totalBytes
    }).result
  }

  async #answer<T>(target: PullTarget, digest: Digest, work: () => Promise<T>): Promise<T> {
    const key = workKey(target, `blob ${digest}`)
    const unknown = this.#unknown.find(key)
    if (unknown !== undefined) throw unknown
    try {
      return await work()
    } catch (error) {
      const reply = toReply(error, nameOf(target, digest))
      if (reply.code === 'BLOB_UNKNOWN') this.#unknown.record(key, reply)
      throw reply
    }
  }
}

/** What depends on who asks. */
const REFUSALS: ReadonlySet<UpstreamErrorCode> = new Set(['denied', 'not-found', 'rate-limited'])

/** Whether a download that runs for somebody is one that this reader could have started. */
function isOwnKind(target: PullTarget, { target: own }: Fill): boolean {
  return (
    own.policy.name === target.policy.name &&
    own.repository === target.repository &&
    scopeOf(own.access.askAs) === scopeOf(target.access.askAs)
  )
}

function nameOf(target: PullTarget, digest: Digest): string {
  return `${target.policy.name}/${formatImage(target.repository, { kind: 'digest', digest })}`
}

function toReply(error: unknown, image: string): OciError {
  if (error instanceof OciError) return error
  if (error instanceof UpstreamError) return toOciError(error, image, 'blob')
  if (error instanceof DigestMismatch || error instanceof SizeMismatch) {
    return new OciError('UPSTREAM_INVALID', `${image}: ${error.message}`, { cause: error })
  }
  if (error instanceof FillSuspended || error instanceof NobodyReads || error instanceof ReaderTooSlow) {
    return new OciError('UPSTREAM_UNAVAILABLE', `${image}: ${error.message}, try again`, { cause: error })
  }
  throw error
}

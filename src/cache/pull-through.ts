import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import type { TagRange } from '../oci/list-query.ts'
import type { Reference } from '../oci/reference.ts'
import type { BlobStore } from '../store/blob-store.ts'
import type { Catalog } from '../store/catalog.ts'
import type { Ingests } from '../store/ingest.ts'
import type { PullTarget } from './access.ts'
import { BlobFlow, type BlobHead, type BlobReply } from './blob-flow.ts'
import { BlobShelf } from './blob-shelf.ts'
import type { CacheActivity } from './cache-activity.ts'
import type { CacheAdmin } from './cache-admin.ts'
import { Fills } from './fills.ts'
import { Housekeeping, type SpaceRules } from './housekeeping.ts'
import { Lanes } from './lanes.ts'
import { Leases } from './leases.ts'
import { Lists, type ReferrersReply, type TagListReply } from './lists.ts'
import { ManifestFetch } from './manifest-fetch.ts'
import { ManifestFlow, type ManifestHead, type ManifestReply } from './manifest-flow.ts'
import { ManifestShelf } from './manifest-shelf.ts'
import { Memory } from './memory.ts'
import { Proofs } from './proofs.ts'
import { Repair, type TargetOf } from './repair.ts'
import { Scrub, type ScrubMarks } from './scrub.ts'
import { SideDownloads } from './side-downloads.ts'
import { StorageHealth } from './storage-health.ts'
import { TagFlow } from './tag-flow.ts'
import { TagShelf } from './tag-shelf.ts'
import { UnknownNames } from './unknown-names.ts'
import { type Verified, Verifier } from './verify.ts'

export interface PullThroughParts {
  readonly store: BlobStore
  readonly ingests: Ingests
  readonly catalog: Catalog
  readonly space: SpaceRules
  /** `bytesPerSecond` 0: nothing is hashed again in the background. */
  readonly scrub: { readonly marks: ScrubMarks; readonly bytesPerSecond: number }
  readonly targetOf: TargetOf
  readonly clock: Clock
  readonly log: Log
}

/**
 * The cache: answers for manifests and blobs of any upstream, from what is here or by fetching it. Every
 * method may be called concurrently and rejects with OciError.
 */
export class PullThrough {
  /** Who reads or fills what. */
  readonly #leases = new Leases()
  readonly #manifests: ManifestFlow
  readonly #blobs: BlobFlow
  readonly #fills: Fills
  readonly #health: StorageHealth
  readonly #lists: Lists
  readonly #housekeeping: Housekeeping
  readonly #verifier: Verifier
  readonly #scrub: Scrub

  constructor(parts: PullThroughParts) {
    const { store, ingests, catalog, space: rules, clock, log } = parts
    const health = new StorageHealth(clock, log, () => this.#housekeeping.onFull())
    this.#health = health
    const shelf = new ManifestShelf(catalog.manifests, health, clock)
    const proofs = new Proofs(catalog.proofs, catalog.manifests, health, clock)
    const unknown = new UnknownNames(clock)
    const fetch = new ManifestFetch({ shelf, proofs, unknown, log })
    const tagShelf = new TagShelf(catalog.tags, health, clock)
    const blobShelf = new BlobShelf({ store, blobs: catalog.blobs, health, clock, log })
    const leases = this.#leases
    const memory = new Memory({ tags: tagShelf, manifests: shelf, blobs: blobShelf, proofs })
    this.#housekeeping = new Housekeeping({ catalog, store, ingests, leases, memory, rules, clock, log })
    const { space } = this.#housekeeping
    const tags = new TagFlow({
      tags: tagShelf,
      shelf,
      fetch,
      proofs,
      clock,
      log,
    })
    this.#lists = new Lists({ catalog: catalog.lists, manifests: shelf, fetch, health, clock })
    this.#manifests = new ManifestFlow({ tags, shelf, fetch, proofs, clock })
    const lanes = new Lanes(clock)
    this.#fills = new Fills({
      ingests,
      store,
      shelf: blobShelf,
      blobs: catalog.blobs,
      proofs,
      health,
      leases,
      space,
      lanes,
      clock,
      log,
    })
    this.#blobs = new BlobFlow({
      shelf: blobShelf,
      manifests: shelf,
      fills: this.#fills,
      sides: new SideDownloads(lanes, log),
      leases,
      proofs,
      unknown,
    })
    const { manifests, blobs } = catalog
    this.#verifier = new Verifier({
      store,
      blobs,
      manifests,
      forget: (digest) => memory.forgetContent(digest, []),
      refetch: new Repair({
        proofs: catalog.proofs,
        blobs,
        manifests,
        fills: this.#fills,
        fetch,
        targetOf: parts.targetOf,
        log,
      }),
      clock,
      log,
    })
    this.#scrub = new Scrub({ verifier: this.#verifier, ...parts.scrub, clock, log })
  }

  /** Hashes again everything that is kept, and takes out of the way what is wrong. */
  verify(options: { readonly repair: boolean; readonly signal?: AbortSignal }): Promise<Verified> {
    this.#scrub.interrupt()
    return this.#verifier.run(options)
  }

  /** As getManifest, when memory alone can tell; undefined says nothing. */
  peekManifest(
    target: PullTarget,
    reference: Reference,
    accept: string | undefined,
  ): ManifestReply | undefined {
    const reply = this.#manifests.peek(target, reference, accept)
    if (reply !== undefined) this.#housekeeping.pulls.note(target, reference, reply.digest, 1)
    return reply
  }

  async getManifest(
    target: PullTarget,
    reference: Reference,
    accept: string | undefined,
  ): Promise<ManifestReply> {
    const reply = await this.#manifests.get(target, reference, accept)
    this.#housekeeping.pulls.note(target, reference, reply.digest, 1)
    return reply
  }

  async headManifest(
    target: PullTarget,
    reference: Reference,
    accept: string | undefined,
  ): Promise<ManifestHead> {
    const head = await this.#manifests.head(target, reference, accept)
    this.#housekeeping.pulls.note(target, reference, head.digest, 0)
    return head
  }

  getBlob(target: PullTarget, digest: Digest): Promise<BlobReply> {
    return this.#blobs.get(target, digest)
  }

  headBlob(target: PullTarget, digest: Digest): Promise<BlobHead> {
    return this.#blobs.head(target, digest)
  }

  /** The tags that the upstream lists to this reader. */
  listTags(target: PullTarget, range: TagRange): Promise<TagListReply> {
    return this.#lists.tags(target, range)
  }

  /** The manifests about `subject` that the upstream lists to this reader. */
  listReferrers(
    target: PullTarget,
    subject: Digest,
    artifactType: string | undefined,
  ): Promise<ReferrersReply> {
    return this.#lists.referrers(target, subject, artifactType)
  }

  /** Readers have a blob before it is durable: waits for that. False when it could not be kept. */
  keptBlob(digest: Digest): Promise<boolean> {
    return this.#fills.kept(digest)
  }

  /** What it did since the start, and does now. */
  get activity(): CacheActivity {
    return {
      fills: this.#fills.counts,
      fillsRunning: this.#fills.runningCount,
      evicted: this.#housekeeping.evicted,
      storageTrouble: this.#health.trouble?.kind,
    }
  }

  /** What can be done about what is kept. */
  get admin(): CacheAdmin {
    return this.#housekeeping.admin
  }

  /** Takes account of what is on the disk. Before the first pull. */
  async open(): Promise<void> {
    await this.#housekeeping.space.open()
  }

  /** Compares disk and catalog, collects what is old, and hashes again what is kept, in the background, until `suspend`. */
  lookAfter(): void {
    this.#housekeeping.start()
    this.#scrub.start()
  }

  /** Stops downloads; what they have stays and is resumed when it is asked for again. */
  async suspend(): Promise<void> {
    await Promise.all([this.#scrub.stop(), this.#verifier.stop(), this.#fills.suspend()])
    await this.#housekeeping.close()
  }
}

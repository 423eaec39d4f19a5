import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import type { Reference } from '../oci/reference.ts'
import type { BlobStore } from '../store/blob-store.ts'
import type { Catalog } from '../store/catalog.ts'
import type { Ingests } from '../store/ingest.ts'
import type { PullTarget } from './access.ts'
import { BlobFlow, type BlobHead, type BlobReply } from './blob-flow.ts'
import { BlobShelf } from './blob-shelf.ts'
import { Fills } from './fills.ts'
import { ManifestFetch } from './manifest-fetch.ts'
import { ManifestFlow, type ManifestHead, type ManifestReply } from './manifest-flow.ts'
import { ManifestShelf } from './manifest-shelf.ts'
import { Proofs } from './proofs.ts'
import { StorageHealth } from './storage-health.ts'
import { TagFlow } from './tag-flow.ts'
import { TagShelf } from './tag-shelf.ts'
import { UnknownNames } from './unknown-names.ts'

export interface PullThroughParts {
  readonly store: BlobStore
  readonly ingests: Ingests
  readonly catalog: Catalog
  readonly clock: Clock
  readonly log: Log
}

/**
 * The cache: answers for manifests and blobs of any upstream, from what is here or by fetching it. Every
 * method may be called concurrently and rejects with OciError.
 */
export class PullThrough {
  readonly #manifests: ManifestFlow
  readonly #blobs: BlobFlow
  readonly #fills: Fills

  constructor({ store, ingests, catalog, clock, log }: PullThroughParts) {
    const health = new StorageHealth(clock, log)
    const shelf = new ManifestShelf(catalog.manifests, health, clock)
    const proofs = new Proofs(catalog.proofs, catalog.manifests, health, clock)
    const unknown = new UnknownNames(clock)
    const fetch = new ManifestFetch({ shelf, proofs, unknown, log })
    const tags = new TagFlow({
      tags: new TagShelf(catalog.tags, health, clock),
      shelf,
      fetch,
      proofs,
      clock,
      log,
    })
    this.#manifests = new ManifestFlow({ tags, shelf, fetch, proofs, clock })
    this.#fills = new Fills({ ingests, store, blobs: catalog.blobs, proofs, health, clock, log })
    this.#blobs = new BlobFlow({
      shelf: new BlobShelf({ store, blobs: catalog.blobs, log }),
      manifests: shelf,
      fills: this.#fills,
      proofs,
      unknown,
    })
  }

  /** As getManifest, when memory alone can tell; undefined says nothing. */
  peekManifest(
    target: PullTarget,
    reference: Reference,
    accept: string | undefined,
  ): ManifestReply | undefined {
    return this.#manifests.peek(target, reference, accept)
  }

  getManifest(target: PullTarget, reference: Reference, accept: string | undefined): Promise<ManifestReply> {
    return this.#manifests.get(target, reference, accept)
  }

  headManifest(target: PullTarget, reference: Reference, accept: string | undefined): Promise<ManifestHead> {
    return this.#manifests.head(target, reference, accept)
  }

  getBlob(target: PullTarget, digest: Digest): Promise<BlobReply> {
    return this.#blobs.get(target, digest)
  }

  headBlob(target: PullTarget, digest: Digest): Promise<BlobHead> {
    return this.#blobs.head(target, digest)
  }

  /** Stops downloads; what they have stays and is resumed when it is asked for again. */
  async suspend(): Promise<void> {
    await this.#fills.suspend()
  }
}

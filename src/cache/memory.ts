import type { Digest } from '../oci/digest.ts'
import type { ForgottenProof, StoredImage } from '../store/catalog.ts'
import type { BlobShelf } from './blob-shelf.ts'
import type { ManifestShelf } from './manifest-shelf.ts'
import type { Proofs } from './proofs.ts'
import type { TagShelf } from './tag-shelf.ts'

/** What is remembered of the catalog. Told of what was taken away, after it is gone from the catalog. */
export class Memory {
  readonly #tags: TagShelf
  readonly #manifests: ManifestShelf
  readonly #blobs: BlobShelf
  readonly #proofs: Proofs

  constructor(parts: { tags: TagShelf; manifests: ManifestShelf; blobs: BlobShelf; proofs: Proofs }) {
    this.#tags = parts.tags
    this.#manifests = parts.manifests
    this.#blobs = parts.blobs
    this.#proofs = parts.proofs
  }

  forgetImage({ upstream, repository, reference }: StoredImage): void {
    if (reference.kind === 'tag') this.#tags.forget({ upstream, repository, tag: reference.tag })
  }

  forgetContent(digest: Digest, proofs: readonly ForgottenProof[]): void {
    this.#manifests.forget(digest)
    this.#blobs.forget(digest)
    for (const proof of proofs) this.#proofs.forget(proof)
  }
}

import type { Digest } from '../oci/digest.ts'
import type { ManifestReference } from '../oci/manifest.ts'
import type { Repository, Tag } from '../oci/reference.ts'

/**
 * What the cache knows about content: manifests with their bytes, which blobs are on disk, where tags point,
 * and what an upstream has answered for. Every method is atomic and may be called concurrently. A caller asks for
 * the part it needs.
 */
export interface Catalog {
  readonly manifests: ManifestCatalog
  readonly blobs: BlobCatalog
  readonly tags: TagCatalog
  readonly proofs: ProofCatalog
  /** Answers whether reading and writing work now. Rejects with the reason when they do not. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface ManifestCatalog {
  /** Stores a manifest with what it references; storing it again changes nothing. */
  put(manifest: StoredManifest, references: readonly ManifestReference[]): Promise<void>
  find(digest: Digest): Promise<StoredManifest | undefined>
  /** The manifests that reference this content (`subject` is no reference), with what they say of it. */
  findParents(digest: Digest): Promise<readonly ParentReference[]>
}

export interface StoredManifest {
  readonly digest: Digest
  readonly mediaType: string
  /** Exactly as received. */
  readonly bytes: Buffer
}

export interface ParentReference {
  readonly manifest: Digest
  readonly role: ManifestReference['role']
  readonly sizeBytes: number
}

export interface BlobCatalog {
  /** Size of a blob that is in the blob store. */
  find(digest: Digest): Promise<{ readonly sizeBytes: number } | undefined>
  put(digest: Digest, sizeBytes: number, committedAt: number): Promise<void>
  delete(digest: Digest): Promise<void>
  /** Rows after `after` in the order of digests, at most `limit`: for walks that must not hold everything. */
  list(after: Digest | undefined, limit: number): Promise<readonly { digest: Digest; sizeBytes: number }[]>
}

export interface TagKey {
  readonly upstream: string
  readonly repository: Repository
  readonly tag: Tag
}

export interface TagPointer {
  readonly digest: Digest
  /** When the upstream last confirmed this, in milliseconds since the epoch. */
  readonly checkedAt: number
  /** When the upstream first said that the tag is gone, if it says so now. */
  readonly missingSince: number | undefined
}

export interface TagCatalog {
  find(key: TagKey): Promise<TagPointer | undefined>
  /**
   * Compare-and-set: points the tag to `next` when it points to `expected` now (undefined: when it does not
   * exist). Resolves with false, and changes nothing, when somebody else was faster.
   */
  move(key: TagKey, expected: Digest | undefined, next: TagPointer): Promise<boolean>
  delete(key: TagKey, expected: Digest): Promise<boolean>
}

/** What an upstream has answered for, under which repository, asked as whom. */
export interface ProofKey {
  /** `public` when asked without a credential, otherwise the id of the upstream credential. */
  readonly scope: string
  readonly upstream: string
  readonly repository: Repository
  readonly digest: Digest
}

export interface ProofCatalog {
  /** When the upstream last answered for it, in milliseconds since the epoch. */
  find(key: ProofKey): Promise<number | undefined>
  put(key: ProofKey, provedAt: number): Promise<void>
  delete(key: ProofKey): Promise<void>
}

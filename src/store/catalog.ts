import type { Digest } from '../oci/digest.ts'
import type { ManifestReference } from '../oci/manifest.ts'
import type { Reference, Repository, Tag } from '../oci/reference.ts'
import type { CredentialCatalog, GroupCatalog, LoginKeyCatalog, SigningKeyCatalog } from './access-catalog.ts'
import type { ListCatalog } from './list-catalog.ts'
import type { PullDayCatalog } from './pull-day-catalog.ts'

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
  readonly images: ImageCatalog
  readonly space: SpaceCatalog
  readonly lists: ListCatalog
  readonly pullDays: PullDayCatalog
  readonly credentials: CredentialCatalog
  readonly groups: GroupCatalog
  readonly signingKeys: SigningKeyCatalog
  readonly loginKey: LoginKeyCatalog
  /** Answers whether reading and writing work now. Rejects with the reason when they do not. */
  check(): Promise<void>
  close(): Promise<void>
}

/**
 * How a catalog is opened.
 * - `shared` other processes may read it at the same time (a backup)
 * - `alone`  nobody else may, and no room beside it is needed to open it
 * - `empty`  not the file at all, but a catalog without anything, that refuses to be written
 */
export type CatalogMode = 'shared' | 'alone' | 'empty'

export interface ManifestCatalog {
  /** Stores a manifest with what it references; storing it again changes nothing. */
  put(manifest: StoredManifest, references: readonly ManifestReference[], storedAt: number): Promise<void>
  find(digest: Digest): Promise<StoredManifest | undefined>
  /** The manifests that reference this content (`subject` is no reference), with what they say of it. */
  findParents(digest: Digest): Promise<readonly ParentReference[]>
  /** Manifests after `after` in the order of digests, at most `limit`. */
  list(after: Digest | undefined, limit: number): Promise<readonly StoredManifest[]>
  /** Removes the bytes; what it references stays known, for when it is fetched again. */
  drop(digest: Digest): Promise<void>
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
  /** Who has answered for this content, in no order. */
  listSources(digest: Digest): Promise<readonly ProofKey[]>
  delete(key: ProofKey): Promise<void>
}

/** A tag, or a manifest that was pulled by its digest, with all that it needs. */
export interface StoredImage {
  /** `docker.io/library/redis:7` or `docker.io/library/redis@sha256:…`: unique. */
  readonly name: string
  readonly upstream: string
  readonly repository: Repository
  readonly reference: Reference
  readonly digest: Digest
  /** Milliseconds since the epoch. */
  readonly lastPulledAt: number
  readonly pulls: number
  readonly pinned: boolean
}

/** What was pulled since the last record of it. */
export interface ImagePull {
  readonly upstream: string
  readonly repository: Repository
  readonly reference: Reference
  readonly digest: Digest
  /** When it was pulled last, in milliseconds since the epoch. */
  readonly at: number
  /** How often its manifest was served; 0 for HEAD alone. */
  readonly count: number
}

/**
 * Images come with their tags, and by `recordPulls`. What a tag pointed to before stays, as an image that is
 * named by its digest.
 */
export interface ImageCatalog {
  /**
   * A pull by digest counts for the images of its repository that have this digest, or else touches those whose
   * index leads to it. A manifest that no image of the repository leads to becomes one.
   */
  recordPulls(pulls: readonly ImagePull[]): Promise<void>
  find(name: string): Promise<StoredImage | undefined>
  /** In the order of names, those after `after`. */
  list(after: string | undefined, limit: number): Promise<readonly StoredImage[]>
  /** Those not pinned, the least recently pulled first, after the one given. */
  listByPull(
    after: { readonly lastPulledAt: number; readonly name: string } | undefined,
    limit: number,
  ): Promise<readonly StoredImage[]>
  /** What was pulled after `now`, by a clock that was wrong, counts as pulled now. Pinned images are left out. */
  dateBack(now: number): Promise<void>
  /** False when there is no such image. */
  pin(name: string, pinned: boolean): Promise<boolean>
  /**
   * Takes the image away, its tag too; what only it needed is unneeded then. With `unlessPulledAfter` only when
   * it was neither pinned nor pulled since.
   */
  delete(name: string, unlessPulledAfter?: number): Promise<StoredImage | undefined>
  /** Everything that a manifest leads to, itself included, each once. */
  listContent(digest: Digest): Promise<readonly ImageContent[]>
  /** Bytes that no other image needs. */
  uniqueBytes(name: string): Promise<number>
  /** What a tag pointed to, the newest first. */
  listVersions(name: string): Promise<readonly { readonly digest: Digest; readonly since: number }[]>
}

export interface ImageContent {
  readonly digest: Digest
  readonly kind: 'manifest' | 'blob'
  /** Of a manifest that is here. */
  readonly mediaType: string | undefined
  readonly sizeBytes: number
  readonly present: boolean
}

/** What exists and is needed by no image. */
export interface Unneeded {
  readonly digest: Digest
  /** `references`: rows that a manifest left which is gone. */
  readonly kind: 'manifest' | 'blob' | 'references'
  /** 0 for what an image left behind, otherwise when it came. */
  readonly since: number
  readonly sizeBytes: number
}

export interface SpaceCatalog {
  /** Of all blobs and manifests. Kept with every change: nothing is scanned. */
  usedBytes(): Promise<number>
  /** The oldest first, after the one given. */
  listUnneeded(
    after: Pick<Unneeded, 'since' | 'digest' | 'kind'> | undefined,
    limit: number,
  ): Promise<readonly Unneeded[]>
  /**
   * Takes the row of something unneeded away, with its proofs; what only it referenced is unneeded then.
   * Removes a bounded part: `references` may have to be collected several times.
   * @returns undefined, and nothing changed, when it is needed by now
   */
  collect(digest: Digest, kind: Unneeded['kind']): Promise<readonly ForgottenProof[] | undefined>
  /** Asked between the steps of much work: resolves when the catalog has kept up with what was written. */
  settle(): Promise<void>
  /** The value remembered under `name`; remembers this one when there is none. */
  remember(name: string, value: number): Promise<number>
}

export type ForgottenProof = Pick<ProofKey, 'upstream' | 'repository' | 'digest'>

import type { Digest } from '../oci/digest.ts'

/**
 * What can be asked and done about what is kept, by those who run the server. An image is a tag, or a manifest
 * that was pulled by its digest. Names are canonical: `docker.io/library/redis:7`, `ghcr.io/x/y@sha256:…`.
 * Every method may be called concurrently; none holds up the pulls.
 */
export interface CacheAdmin {
  /** Images in the order of their names, those after the name `after`. At most 1,000, whatever `limit` says. */
  list(options: { readonly limit: number; readonly after?: string }): Promise<readonly ImageSummary[]>
  show(name: string): Promise<ImageDetails | undefined>
  /**
   * Forgets an image, pinned or not, and what only it needs. Readers that have it open read on.
   * @returns undefined when there is no such image
   */
  remove(name: string): Promise<{ readonly freedBytes: number } | undefined>
  /** Keeps an image whatever the budget says. False when there is no such image. */
  pin(name: string): Promise<boolean>
  unpin(name: string): Promise<boolean>
  /** Collects now what the hourly collection would: images past `maxAge`, and what no image needs. */
  gc(options: { readonly dryRun: boolean }): Promise<Collected>
  usage(): Promise<Usage>
}

export interface ImageSummary {
  readonly name: string
  readonly digest: Digest
  /** Of everything of the image that is here, shared or not. */
  readonly bytes: number
  /** Milliseconds since the epoch. */
  readonly lastPulledAt: number
  readonly pinned: boolean
  /** How often its manifest was served. */
  readonly pulls: number
}

export interface ImageDetails extends ImageSummary {
  /** What its removal would free. */
  readonly uniqueBytes: number
  readonly manifests: readonly ImageManifest[]
  readonly blobs: readonly ImageBlob[]
  /** Where the tag pointed, the newest first. Empty for an image that is named by digest. */
  readonly history: readonly TagVersion[]
}

export interface ImageManifest {
  readonly digest: Digest
  readonly mediaType: string | undefined
  readonly sizeBytes: number
  /** False: fetched when somebody asks for it. */
  readonly present: boolean
}

export interface ImageBlob {
  readonly digest: Digest
  readonly sizeBytes: number
  /** False: fetched when somebody asks for it. */
  readonly present: boolean
}

export interface TagVersion {
  readonly digest: Digest
  /** Milliseconds since the epoch. */
  readonly since: number
}

export interface Collected {
  readonly images: number
  readonly blobs: number
  readonly bytes: number
}

export interface Usage {
  /** Verified content. */
  readonly usedBytes: number
  /** Promised to downloads that are running. */
  readonly reservedBytes: number
  readonly maxBytes: number
  readonly minFreeBytes: number
  /** What the filesystem has left for us. */
  readonly freeBytes: number
}

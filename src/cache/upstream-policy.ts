import type { Repository, Tag } from '../oci/reference.ts'
import type { Upstream, UpstreamCredential } from '../upstream/upstream.ts'
import type { RateBudget } from './rate-budget.ts'

/** An upstream with the rules of its cache. */
export interface UpstreamPolicy {
  /** Canonical registry name: `docker.io`. */
  readonly name: string
  readonly upstream: Upstream
  /** Who we are there; absent: nobody. */
  readonly credential: UpstreamCredential | undefined
  /** The groups that may read what only our credential may read. */
  readonly privateFor: ReadonlySet<string>
  readonly maxStaleMs: number
  /** How long a list of tags or of referrers is believed. */
  readonly listTtlMs: number
  /** How many blobs are downloaded at once; others wait in order. */
  readonly maxDownloads: number
  /** What all downloads together may take. Absent: as fast as it comes. */
  readonly bytesPerSecond: number | undefined
  /** What the upstream still lets us ask. */
  readonly rates: RateBudget
  tagTtlMs(repository: Repository, tag: Tag): number
}

import type { Repository } from '../oci/reference.ts'

/** What an upstream lists for somebody: the tags of a repository, or the referrers of a digest in it. */
export interface ListKey {
  /** As in proofs: `public` when asked without a credential, otherwise the credential's id. */
  readonly scope: string
  readonly upstream: string
  readonly repository: Repository
  /** `tags`, or the digest whose referrers are listed. */
  readonly subject: string
}

export interface StoredList {
  /** JSON. */
  readonly body: string
  /** When the upstream last told it, in milliseconds since the epoch. */
  readonly checkedAt: number
}

/** Lists are kept as far as there is room for them: those that were told longest ago go first. */
export interface ListCatalog {
  find(key: ListKey): Promise<StoredList | undefined>
  put(key: ListKey, list: StoredList): Promise<void>
  delete(key: ListKey): Promise<void>
}

/** How many lists are kept, and how long their bodies are together. */
export interface ListRoom {
  readonly maxLists: number
  readonly maxBytes: number
}

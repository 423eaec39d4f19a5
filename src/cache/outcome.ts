/**
 * How a request was answered.
 * - `hit`         from the cache, no contact to the upstream
 * - `miss`        fetched from the upstream, or joined to a fetch that was running
 * - `revalidated` from the cache, after the upstream said that nothing changed
 * - `updated`     fetched, after the upstream said that the tag moved
 * - `stale`       from the cache although its time was over, because the upstream could not be asked
 * - `skip`        passed through without being cached
 */
export type Outcome = 'hit' | 'miss' | 'revalidated' | 'updated' | 'stale' | 'skip'

export interface Answered {
  readonly outcome: Outcome
  /** True for those who joined work that somebody else had started. */
  readonly collapsed?: boolean
  /** What the upstream answered, when it was asked and answered. */
  readonly upstreamStatus?: number | undefined
  /** Why what we have is served although it is not confirmed: for people, in a `Warning` header. */
  readonly warning?: string
}

const FORWARDED: Record<Exclude<Outcome, 'hit'>, string> = {
  miss: 'uri-miss',
  revalidated: 'stale',
  updated: 'stale',
  stale: 'stale',
  skip: 'bypass',
}

/** How something is answered that was fetched just now. What could not be kept is skipped by the cache. */
export function answeredByFetch(kept: boolean, joined: boolean): Answered {
  return kept ? { outcome: 'miss', collapsed: joined, upstreamStatus: 200 } : { outcome: 'skip' }
}

/** The Cache-Status field of a reply (RFC 9211). */
export function cacheStatus(answered: Answered): string {
  const { outcome, collapsed, upstreamStatus } = answered
  if (outcome === 'hit') return 'entrepot; hit; detail=hit'
  const status = upstreamStatus === undefined ? '' : `; fwd-status=${upstreamStatus}`
  return `entrepot; fwd=${FORWARDED[outcome]}${status}${collapsed ? '; collapsed' : ''}; detail=${outcome}`
}

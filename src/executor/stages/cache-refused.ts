/** A cache that is not kept. The message is for the job's log: what was asked, and what to do. */
export class CacheRefused extends Error {
  override readonly name = 'CacheRefused'
  readonly code = 'CACHE_TOO_LARGE'
}

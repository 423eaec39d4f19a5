import type { Job, JobCache } from '../../job/job.ts'
import type { JobVariables } from '../../job/job-variables.ts'
import { sanitizeCacheKey } from './cache-key.ts'

/** Under which keys a cache is looked for; it is kept under the first. */
export interface CacheKeys {
  /** Empty when the cache's own key is none. */
  readonly keys: readonly string[]
  /** For the job's log. */
  readonly warnings: readonly string[]
}

/** Servers end the keys of protected branches so, and only those: nobody may ask for them by a variable. */
const PROTECTED = '-protected'

/** The cache's own key, those that it falls back to, then that of CACHE_FALLBACK_KEY. */
export function cacheKeys(job: Job, cache: JobCache, variables: JobVariables): CacheKeys {
  const warnings: string[] = []
  const read = (written: string): string | undefined => {
    const key = sanitizeCacheKey(written)
    if (key === undefined) warnings.push(`cache key "${written}" could not be sanitized`)
    else if (key !== written) warnings.push(`cache key "${written}" sanitized to "${key}"`)
    return key
  }
  const own = read(cache.key === '' ? `${job.info.name}/${job.git.ref}` : variables.expand(cache.key))
  if (own === undefined) return { keys: [], warnings }
  const others = cache.fallbackKeys.map((key) => variables.expand(key)).filter((key) => key !== '')
  const keys = [own, ...others.map(read)]
  const last = variables.get('CACHE_FALLBACK_KEY') ?? ''
  if (last !== '') {
    const key = read(last)
    if (key?.replace(/[. ]+$/, '').endsWith(PROTECTED)) {
      warnings.push(`CACHE_FALLBACK_KEY "${key}" not allowed to end in "${PROTECTED}"`)
    } else keys.push(key)
  }
  return { keys: [...new Set(keys.filter((key) => key !== undefined))], warnings }
}

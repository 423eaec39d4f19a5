/** What is done with a cache: an empty policy is both. */
export interface CachePolicy {
  readonly pulls: boolean
  readonly pushes: boolean
}

/**
 * @param written expanded
 * @returns undefined for a word that is none
 */
export function cachePolicy(written: string): CachePolicy | undefined {
  if (written === '' || written === 'pull-push') return { pulls: true, pushes: true }
  if (written === 'pull') return { pulls: true, pushes: false }
  return written === 'push' ? { pulls: false, pushes: true } : undefined
}

import type { Job } from './job.ts'

const STRATEGIES = ['fetch', 'clone', 'none', 'empty'] as const

/**
 * - `fetch` brings what an earlier job left up to date
 * - `clone` begins anew
 * - `none`  leaves everything as it is
 * - `empty` has an empty directory, and no sources
 */
export type GitStrategy = (typeof STRATEGIES)[number]

export function isGitStrategy(written: string): written is GitStrategy {
  return STRATEGIES.some((strategy) => strategy === written)
}

/** @param written GIT_STRATEGY; what is no strategy is as if nothing was written */
export function gitStrategy(job: Pick<Job, 'allowGitFetch'>, written: string | undefined): GitStrategy {
  if (written !== undefined && isGitStrategy(written)) return written
  return job.allowGitFetch ? 'fetch' : 'clone'
}

import type { TraceWriter } from '../../executor.ts'
import type { Job, JobCache } from '../../job/job.ts'
import type { JobVariables } from '../../job/job-variables.ts'
import { cacheKeys } from './cache-keys.ts'
import { type CachePolicy, cachePolicy } from './cache-policy.ts'

const REFUSED: Readonly<Record<keyof CachePolicy, string>> = {
  pulls: 'Not downloading',
  pushes: 'Not uploading',
}

/**
 * The keys under which a cache is looked for, or kept, as its policy has it.
 * @returns none when it is not to be done, or cannot be; the job's log says why
 */
export function keysFor(
  act: keyof CachePolicy,
  job: Job,
  cache: JobCache,
  variables: JobVariables,
  trace: TraceWriter,
): readonly string[] {
  const { keys, warnings } = cacheKeys(job, cache, variables)
  for (const warning of warnings) trace.warn(warning)
  const [own] = keys
  if (own === undefined) return []
  const written = variables.expand(cache.policy)
  const policy = cachePolicy(written)
  if (policy?.[act]) return keys
  if (policy === undefined) trace.warn(`unknown cache policy ${written} for ${own}`)
  else trace.info(`${REFUSED[act]} cache ${own} due to policy`)
  return []
}

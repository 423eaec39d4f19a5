import { createHash } from 'node:crypto'
import type { JobCache } from '../../executor/job/job.ts'
import type { CacheConfig } from '../config/artifact-config.ts'
import type { ContextFiles } from '../pipeline-context.ts'

/** Of caches whose files are not there. */
const DEFAULT_KEY = 'default'

/** @param expand for the names of files; a key that is a text is expanded where the job runs */
export function compileCache(
  { key, fallbackKeys, paths, isUntracked, policy, when }: CacheConfig,
  files: Pick<ContextFiles, 'contentId'>,
  expand: (text: string) => string,
): JobCache {
  const rest = { fallbackKeys, paths, isUntracked, policy, when }
  if (key.kind === 'text') return { key: key.text, ...rest }
  const ids = key.files.flatMap((file) => files.contentId(expand(file)) ?? [])
  const ofFiles = ids.length === 0 ? DEFAULT_KEY : createHash('sha1').update(ids.join('')).digest('hex')
  return { key: key.prefix === undefined ? ofFiles : `${key.prefix}-${ofFiles}`, ...rest }
}

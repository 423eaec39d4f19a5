import type { Job, JobCache } from '../../job/job.ts'
import type { JobPlace, JobStage } from '../../run/job-run.ts'
import { compressionLevel } from '../archives/compression-level.ts'
import type { CachePlace } from '../cache-store.ts'
import { selectedFiles } from '../files/selected-files.ts'
import type { StageParts } from '../stage-parts.ts'
import { fingerprintOf, packCache } from './cache-archive.ts'
import { type CacheFiles, cacheFiles } from './cache-files.ts'
import { keysFor } from './keys-for.ts'

type Parts = Pick<StageParts, 'caches' | 'cacheProject' | 'trace'>

/**
 * Keeps what later jobs can use. Nothing of it fails a job.
 * @param caches of the job, those that are meant after an end like this one
 */
export function saveCaches(
  job: Job,
  caches: readonly JobCache[],
  status: 'success' | 'failed',
  parts: Parts,
): JobStage {
  return {
    name: status === 'success' ? 'archive_cache' : 'archive_cache_on_failure',
    title: `Saving cache for ${status === 'success' ? 'successful' : 'failed'} job`,
    run: async (place, signal) => {
      for (const cache of caches) {
        try {
          await saveCache({ job, cache, place, parts }, signal)
        } catch (error) {
          signal.throwIfAborted()
          parts.trace.warn(error instanceof Error ? error.message : String(error))
          parts.trace.warn('Failed to create cache')
        }
      }
    },
  }
}

interface Save {
  readonly job: Job
  readonly cache: JobCache
  readonly place: JobPlace
  readonly parts: Parts
}

async function saveCache({ job, cache, place, parts }: Save, signal: AbortSignal): Promise<void> {
  const { trace, cacheProject } = parts
  const [key] = keysFor('pushes', job, { ...cache, fallbackKeys: [] }, place.variables, trace)
  if (key === undefined) return
  trace.info(`Creating cache ${key}...`)
  const files = await cacheFiles(cache, place, signal)
  for (const warning of files.selection.warnings) trace.warn(warning)
  await archive({ project: cacheProject, key }, { cache, place, parts, files }, signal)
}

/** Reads the files twice when they are not those of the archive that is there: once to see that. */
async function archive(
  to: CachePlace,
  { cache, place, parts, files }: Omit<Save, 'job'> & { readonly files: CacheFiles },
  signal: AbortSignal,
): Promise<void> {
  const { trace, caches } = parts
  const { environment, prepared, variables } = place
  const { projectDirectory } = prepared
  const { selection } = files
  const read = (count = files.newCount()) =>
    selectedFiles({ environment, projectDirectory }, { selection, count, withFolders: true }, signal)
  const count = files.newCount()
  const fingerprint = await fingerprintOf(read(count))
  count.tell(trace, cache.isUntracked)
  if (count.selected === 0) {
    trace.warn('No files to cache.')
    return
  }
  const found = await caches.find(to, signal)
  found?.archive.destroy()
  if (found?.fingerprint === fingerprint) trace.line('Archive is up to date!')
  else {
    const level = compressionLevel(variables.get('CACHE_COMPRESSION_LEVEL'), 'fastest')
    await caches.save(to, { archive: packCache(read(), level), fingerprint }, signal)
  }
  trace.info('Created cache')
}

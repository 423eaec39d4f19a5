import { posix } from 'node:path'
import { attemptsIn } from '../../job/attempts.ts'
import type { Job, JobCache } from '../../job/job.ts'
import type { JobPlace, JobStage } from '../../run/job-run.ts'
import type { CachePlace } from '../cache-store.ts'
import { FileSelection } from '../files/file-selection.ts'
import type { StageParts } from '../stage-parts.ts'
import { unpackCache } from './cache-archive.ts'
import { hasFiles } from './cache-files.ts'
import { keysFor } from './keys-for.ts'

type Parts = Pick<StageParts, 'caches' | 'cacheProject' | 'trace'>

/** Puts into the project what earlier jobs kept. Nothing of it fails a job: it does without. */
export function restoreCaches(job: Job, parts: Parts): JobStage {
  return {
    name: 'restore_cache',
    title: 'Restoring cache',
    run: async (place, signal) => {
      const attempts = attemptsIn(place.variables, 'RESTORE_CACHE_ATTEMPTS')
      for (const cache of job.caches.filter(hasFiles)) {
        await restoreCache({ job, cache, place, parts, attempts }, signal)
      }
    },
  }
}

interface Restore {
  readonly job: Job
  readonly cache: JobCache
  readonly place: JobPlace
  readonly parts: Parts
  readonly attempts: number
}

async function restoreCache(
  { job, cache, place, parts, attempts }: Restore,
  signal: AbortSignal,
): Promise<void> {
  const { trace, cacheProject } = parts
  for (const key of keysFor('pulls', job, cache, place.variables, trace)) {
    trace.info(`Checking cache for ${key}...`)
    const found = { project: cacheProject, key }
    if (await extract(found, { cache, place, parts, attempts }, signal)) {
      trace.info('Successfully extracted cache')
      return
    }
    trace.warn('Failed to extract cache')
  }
}

/** @returns whether the cache is in the project */
async function extract(
  from: CachePlace,
  { cache, place, parts, attempts }: Omit<Restore, 'job'>,
  signal: AbortSignal,
): Promise<boolean> {
  const { environment, prepared } = place
  const { projectDirectory } = prepared
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      const found = await parts.caches.find(from, signal)
      if (found === undefined) {
        parts.trace.warn('Cache file does not exist')
        return false
      }
      const tar = unpackCache(found.archive)
      try {
        await environment.makeDirectories(foldersAbove(cache, place), signal)
        await environment.writeArchive(projectDirectory, tar, signal)
      } finally {
        tar.destroy()
        found.archive.destroy()
      }
      return true
    } catch (error) {
      signal.throwIfAborted()
      parts.trace.warn(error instanceof Error ? error.message : String(error))
    }
  }
  return false
}

/** An archive begins with what was asked for: what that is in is not in it. */
function foldersAbove(cache: JobCache, { prepared, variables }: JobPlace): readonly string[] {
  const { projectDirectory } = prepared
  const paths = cache.paths.map((path) => variables.expand(path))
  const { roots } = new FileSelection({ projectDirectory, paths, exclude: [], untracked: new Set() })
  return roots.filter((root) => root !== '').map((root) => posix.dirname(posix.join(projectDirectory, root)))
}

import type { JobCache } from '../../job/job.ts'
import type { JobPlace } from '../../run/job-run.ts'
import { FileSelection } from '../files/file-selection.ts'
import { SelectionCount } from '../files/selection-count.ts'
import { untrackedFiles } from '../files/untracked-files.ts'

/** The files of a cache, chosen anew for every reading. */
export interface CacheFiles {
  readonly selection: FileSelection
  /** Counts from nothing. */
  newCount(): SelectionCount
}

/** @throws JobFailure; the signal's reason */
export async function cacheFiles(cache: JobCache, place: JobPlace, signal: AbortSignal): Promise<CacheFiles> {
  const order = {
    projectDirectory: place.prepared.projectDirectory,
    paths: cache.paths.map((path) => place.variables.expand(path)),
    exclude: [],
    untracked: cache.isUntracked ? await untrackedFiles(place, signal) : new Set<string>(),
  }
  const selection = new FileSelection(order)
  return { selection, newCount: () => new SelectionCount(order, selection) }
}

/** Whether there is anything to keep: a cache may name a key only. */
export function hasFiles({ paths, isUntracked }: JobCache): boolean {
  return paths.length > 0 || isUntracked
}

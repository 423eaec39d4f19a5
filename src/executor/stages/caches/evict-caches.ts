import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type CacheBounds, surplusCaches } from './surplus-caches.ts'

/** What a killed process was writing is nobody's after this. */
const ABANDONED_AFTER_MS = 24 * 60 * 60_000

interface CacheFile {
  readonly path: string
  readonly sizeBytes: number
  readonly usedAtMs: number
}

export interface EvictOrder extends CacheBounds {
  readonly nowMs: number
  /** Not this one, however old it is. */
  readonly keep: string
}

/**
 * Removes archives that are too old, the least recently used until the others fit, and what was never finished. Other
 * processes may do the same at the same time: what is gone already is well.
 */
export async function evictCaches(directory: string, { nowMs, keep, ...bounds }: EvictOrder): Promise<void> {
  const incoming = await filesIn(join(directory, 'incoming'))
  const abandoned = incoming.filter(({ usedAtMs }) => nowMs - usedAtMs > ABANDONED_AFTER_MS)
  const kept = await filesBelow(join(directory, 'archives'))
  const archives = kept.map((file) => ({ ...file, isInUse: file.path === keep }))
  for (const { path } of [...abandoned, ...surplusCaches(archives, bounds, nowMs)])
    await rm(path, { force: true })
}

async function filesBelow(directory: string): Promise<readonly CacheFile[]> {
  const projects = await readdir(directory)
  return (await Promise.all(projects.map((project) => filesIn(join(directory, project))))).flat()
}

async function filesIn(directory: string): Promise<readonly CacheFile[]> {
  const found: CacheFile[] = []
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    const facts = await stat(path).catch(() => undefined)
    if (facts !== undefined) found.push({ path, sizeBytes: facts.size, usedAtMs: facts.mtimeMs })
  }
  return found
}

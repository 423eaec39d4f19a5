import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What a killed process was writing is nobody's after this. */
const ABANDONED_AFTER_MS = 24 * 60 * 60_000

interface CacheFile {
  readonly path: string
  readonly sizeBytes: number
  readonly usedAtMs: number
}

export interface EvictOrder {
  readonly maxBytes: number
  /** Since its last use; absent: none is too old. */
  readonly maxAgeMs?: number | undefined
  readonly nowMs: number
  /** Not this one, however old it is. */
  readonly keep: string
}

/**
 * Removes archives that are too old, and the least recently used until the others fit, and what was never finished. Other processes may do
 * the same at the same time: what is gone already is well.
 */
export async function evictCaches(
  directory: string,
  { maxBytes, maxAgeMs = Number.POSITIVE_INFINITY, nowMs, keep }: EvictOrder,
): Promise<void> {
  const incoming = await filesIn(join(directory, 'incoming'))
  const abandoned = incoming.filter(({ usedAtMs }) => nowMs - usedAtMs > ABANDONED_AFTER_MS)
  const kept = await filesBelow(join(directory, 'archives'))
  const isOld = ({ path, usedAtMs }: CacheFile) => path !== keep && nowMs - usedAtMs > maxAgeMs
  const young = kept.filter((file) => !isOld(file))
  for (const { path } of [...abandoned, ...kept.filter(isOld), ...leastUsed(young, maxBytes, keep)])
    await rm(path, { force: true })
}

/** Which go, the least recently used first. */
export function leastUsed(files: readonly CacheFile[], maxBytes: number, keep: string): readonly CacheFile[] {
  let total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const byUse = files.filter(({ path }) => path !== keep).sort((a, b) => a.usedAtMs - b.usedAtMs)
  return byUse.filter(({ sizeBytes }) => {
    if (total <= maxBytes) return false
    total -= sizeBytes
    return true
  })
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

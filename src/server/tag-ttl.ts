import { LRUCache } from 'lru-cache'
import { atMostEntries } from '../at-most-entries.ts'
import { compileGlob } from '../oci/glob.ts'
import type { Repository, Tag } from '../oci/reference.ts'

export interface TagTtlRule {
  readonly upstream: string
  readonly repository: string
  readonly tag: string
  readonly ttlMs: number
}

/** Patterns are matched once per tag: requests for a hot tag only look the answer up. */
const MAX_REMEMBERED = 100_000

/** How long a tag of this upstream is believed: the first rule that matches decides, else the upstream's own. */
export function compileTagTtl(
  upstream: string,
  defaultMs: number,
  rules: readonly TagTtlRule[],
): (repository: Repository, tag: Tag) => number {
  const own = rules
    .filter((rule) => rule.upstream === upstream)
    .map(({ repository, tag, ttlMs }) => ({
      matchesRepository: compileGlob(repository),
      matchesTag: compileGlob(tag),
      ttlMs,
    }))
  if (own.length === 0) return () => defaultMs
  const remembered = new LRUCache<string, number>(atMostEntries(MAX_REMEMBERED))
  return (repository, tag) => {
    const name = `${repository}:${tag}`
    const known = remembered.get(name)
    if (known !== undefined) return known
    const rule = own.find((candidate) => candidate.matchesRepository(repository) && candidate.matchesTag(tag))
    const ttlMs = rule?.ttlMs ?? defaultMs
    remembered.set(name, ttlMs)
    return ttlMs
  }
}

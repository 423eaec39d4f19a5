/** What the space for content must keep to, in bytes. */
export interface BudgetRules {
  readonly maxBytes: number
  /** Above this, something is evicted. */
  readonly highBytes: number
  /** An eviction goes on down to this, so that not every download needs one. */
  readonly lowBytes: number
  /** What the filesystem must have left, whoever fills it. */
  readonly minFreeBytes: number
}

export interface SpaceNow {
  /** Content that is kept, unfinished downloads included. */
  readonly usedBytes: number
  /** Promised to downloads that are running. */
  readonly reservedBytes: number
  /** Of those promises, what is on the disk already. */
  readonly writtenBytes: number
  /** What the filesystem has left. */
  readonly freeBytes: number
}

/**
 * - `admit`  there is room
 * - `evict`  there would be, with so many bytes less
 * - `refuse` it does not fit, whatever is evicted
 */
export type Admission =
  | { readonly kind: 'admit' }
  | { readonly kind: 'evict'; readonly bytes: number }
  | { readonly kind: 'refuse' }

/** Whether `bytes` more may come. */
export function decideAdmission(now: SpaceNow, rules: BudgetRules, bytes: number): Admission {
  if (now.reservedBytes + bytes > rules.maxBytes) return { kind: 'refuse' }
  const planned = now.usedBytes + now.reservedBytes + bytes
  const overMark = planned > rules.highBytes ? planned - rules.lowBytes : 0
  const evictBytes = Math.max(overMark, shortage(now, rules, bytes))
  if (evictBytes === 0) return { kind: 'admit' }
  return now.usedBytes > 0 ? { kind: 'evict', bytes: evictBytes } : lastWord(now, rules, bytes)
}

/** The decision once nothing more can be evicted: the marks are aims, the budget and the free space are not. */
export function lastWord(now: SpaceNow, rules: BudgetRules, bytes: number): Admission {
  const fits = now.usedBytes + now.reservedBytes + bytes <= rules.maxBytes
  return { kind: fits && shortage(now, rules, bytes) === 0 ? 'admit' : 'refuse' }
}

/** What the filesystem lacks when everything promised is written. */
function shortage(now: SpaceNow, rules: BudgetRules, bytes: number): number {
  const unwritten = Math.max(0, now.reservedBytes - now.writtenBytes)
  return Math.max(0, rules.minFreeBytes - (now.freeBytes - unwritten - bytes))
}

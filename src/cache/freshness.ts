/**
 * - `fresh`   served without asking
 * - `stale`   asked first; served as it is when the upstream is in trouble
 * - `expired` asked first; not served when the upstream is in trouble
 */
export type Freshness = 'fresh' | 'stale' | 'expired'

export interface FreshnessRule {
  /** How long a tag is believed. 0: always asked. */
  readonly ttlMs: number
  /** How old an unconfirmed tag may be and still be served in trouble. */
  readonly maxStaleMs: number
}

export function freshness(checkedAt: number, rule: FreshnessRule, now: number): Freshness {
  const ageMs = now - checkedAt
  // Checked in the future: the clock was set back. Ask, which also repairs the time.
  if (ageMs < 0) return 'stale'
  if (ageMs < rule.ttlMs) return 'fresh'
  return ageMs <= rule.maxStaleMs ? 'stale' : 'expired'
}

import type { RateLimit } from '../upstream/upstream.ts'

/** The pause after a 429 that says nothing of when to come back. */
const PAUSE_UNTOLD_MS = 60_000

/** A window is an upper bound of the wait: it may be sliding, and give back something much earlier. */
const LONGEST_PAUSE_BY_WINDOW_MS = 15 * 60_000

/** The longest window there is, Docker Hub's: what asks for more is a mistake, and would never be noticed. */
export const LONGEST_PAUSE_MS = 6 * 3_600_000

/** How long no manifest is pulled after a 429. */
export function pauseAfterLimit(
  retryAfterMs: number | undefined,
  windowSeconds: number | undefined,
): { readonly pauseMs: number; readonly isTold: boolean } {
  // A Retry-After of 0 tells nothing: we were refused just now.
  if (retryAfterMs !== undefined && retryAfterMs > 0) {
    return { pauseMs: Math.min(retryAfterMs, LONGEST_PAUSE_MS), isTold: true }
  }
  if (windowSeconds === undefined) return { pauseMs: PAUSE_UNTOLD_MS, isTold: false }
  return { pauseMs: Math.min(windowSeconds * 1_000, LONGEST_PAUSE_BY_WINDOW_MS), isTold: false }
}

export interface ReserveRule {
  /** The part of the limit that is kept, 0 to 1. */
  readonly reserve: number
  /** Since the upstream told. */
  readonly ageMs: number
}

/** Whether what is left is kept for images that are not here. What was told a window ago says nothing any more. */
export function isReserveReached(observed: RateLimit, { reserve, ageMs }: ReserveRule): boolean {
  const { limit, remaining, windowSeconds } = observed
  if (reserve === 0 || ageMs < 0) return false
  if (windowSeconds !== undefined && ageMs >= windowSeconds * 1_000) return false
  return remaining <= limit * reserve
}

/** How finely the spending is told in the log. */
const STEPS = 10

/** Whether the log is told: the limit is new or another, or a further tenth of it is spent or given back. */
export function isNoticeable(before: RateLimit | undefined, after: RateLimit): boolean {
  if (before === undefined) return true
  const isOther = before.limit !== after.limit || before.windowSeconds !== after.windowSeconds
  return isOther || before.source !== after.source || stepOf(before) !== stepOf(after)
}

function stepOf({ limit, remaining }: RateLimit): number {
  return limit === 0 ? 0 : Math.ceil((remaining * STEPS) / limit)
}

import type { UpstreamError } from '../upstream/errors.ts'
import type { Freshness } from './freshness.ts'
import { proofStands } from './proof-decision.ts'
import { UNKNOWN_REMEMBERED_MS } from './unknown-names.ts'

const PAUSE_MS = 30_000
const RATE_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 15 * 60 * 1000

export interface ListInTrouble {
  readonly error: UpstreamError
  readonly freshness: Freshness
  /** The upstream told it to nobody in particular. */
  readonly isPublic: boolean
  readonly checkedAt: number
}

/**
 * - `serve-stale` what we have, with a warning
 * - `forget`      it is gone, or this reader may not have it any more
 * - `fail`        too old to be served unconfirmed
 */
export type ListDecision = 'serve-stale' | 'forget' | 'fail'

/** What becomes of a list that is here when asking the upstream for it failed. */
export function decideListInTrouble(list: ListInTrouble, now: number): ListDecision {
  const { error, isPublic } = list
  if (error.code === 'not-found') return 'forget'
  if (error.code === 'denied' && !isPublic) return 'forget'
  if (list.freshness === 'expired') return 'fail'
  // A private list is itself what this reader was proved to be allowed.
  return isPublic || proofStands(list.checkedAt, now) ? 'serve-stale' : 'fail'
}

/** How long this error answers for the list, so that not every client asks again; 0: it does not. */
export function listPauseMs(error: UpstreamError, hasCopy: boolean): number {
  switch (error.code) {
    case 'not-found':
    case 'denied':
      return UNKNOWN_REMEMBERED_MS
    case 'rate-limited':
      return Math.min(error.retryAfterMs ?? RATE_PAUSE_MS, LONGEST_PAUSE_MS)
    default:
      // Without a copy the breakers decide, as for everything else.
      return hasCopy ? PAUSE_MS : 0
  }
}

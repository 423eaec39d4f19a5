import type { UpstreamError } from '../upstream/errors.ts'
import { isTrouble } from './errors.ts'
import type { Freshness } from './freshness.ts'

/** A tag that the upstream says is gone is taken away when it says so again after this long. */
export const MISSING_CONFIRMED_MS = 60_000

export interface TagInTrouble {
  readonly error: UpstreamError
  readonly freshness: Freshness
  /** Everybody may read what the tag points to. */
  readonly isPublic: boolean
  /** This reader was let have it before: what it is told now is news of the tag, not of the reader. */
  readonly isProved: boolean
  /** When the upstream first said that the tag is gone. */
  readonly missingSince: number | undefined
}

/**
 * - `serve-stale` what we have, with a warning
 * - `note-missing` the same, and remember that the upstream has begun to say 404
 * - `remove`      the tag is gone (its digests stay pullable)
 * - `deny`        this reader may not have it, or not any more
 * - `fail`        too old to be served unconfirmed
 */
export type TagDecision = 'serve-stale' | 'note-missing' | 'remove' | 'deny' | 'fail'

/** What becomes of a cached tag when asking the upstream for it failed. */
export function decideTagInTrouble(tag: TagInTrouble, now: number): TagDecision {
  const { error, missingSince } = tag
  if (error.code === 'denied' && !tag.isPublic) return 'deny'
  if (error.code === 'not-found') {
    if (!tag.isPublic && !tag.isProved) return 'deny'
    if (missingSince !== undefined && now - missingSince >= MISSING_CONFIRMED_MS) return 'remove'
    // Registries say 404 to those who may not know that it exists.
    if (!tag.isPublic) return 'deny'
    if (tag.freshness === 'expired') return 'remove'
    return missingSince === undefined ? 'note-missing' : 'serve-stale'
  }
  if (tag.freshness === 'expired') return 'fail'
  return isTrouble(error) || tag.isPublic ? 'serve-stale' : 'deny'
}

import { WITHHELD_TAIL_BYTES } from '../streams/growth.ts'

/** What a download brings by itself before anybody would notice the wait. */
export const NEAR_BYTES = 8 * 1024 * 1024

/**
 * Who asks for more reads content as a whole, from one connection or in pieces, and waits for the one download.
 * Lazy pullers ask for less: chunks and spans have 4 MiB at most.
 */
export const MAX_SIDE_BYTES = 4 * 1024 * 1024

/** What a reader asks of content that is still arriving. */
export interface Ahead {
  readonly start: number
  /** Exclusive. Absent: the reader named no end, and may leave at any byte. */
  readonly end: number | undefined
  /** How much of the content has arrived. */
  readonly writtenBytes: number
  readonly totalBytes: number | undefined
}

/**
 * Whether a range is so far ahead of what has arrived, and so small, that asking the upstream for it alone is
 * better than waiting. Never for content that waits for nothing but its verification.
 */
export function isFarAhead({ start, end, writtenBytes, totalBytes }: Ahead): boolean {
  if (end === undefined || totalBytes === undefined || end - start > MAX_SIDE_BYTES) return false
  // What may be read now ends before the tail: a range that begins in it waits for all that is still missing.
  const neededBytes = end > totalBytes - WITHHELD_TAIL_BYTES ? totalBytes : start
  return neededBytes - writtenBytes > NEAR_BYTES
}

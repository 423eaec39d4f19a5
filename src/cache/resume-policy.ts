import type { UpstreamError } from '../upstream/errors.ts'

/** How often a download that broke off is taken up again without getting anywhere. */
export const MAX_TRIES = 5

/** What a try must bring for the count to start anew. */
export const PROGRESS_BYTES = 1024 * 1024

const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5_000

/**
 * How long to wait before the next try, or undefined to give up. Before the first byte a failure is told to
 * the client at once, who may have another registry to go to; afterwards somebody is reading, and we try on.
 */
export function waitBeforeRetry(
  error: UpstreamError,
  triesFailed: number,
  started: boolean,
): number | undefined {
  const { code, retryAfterMs } = error
  if (code === 'invalid' || code === 'refused' || code === 'not-found' || code === 'denied') return undefined
  if (!started || triesFailed >= MAX_TRIES) return undefined
  const backoffMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (triesFailed - 1))
  if (retryAfterMs === undefined) return backoffMs
  return retryAfterMs > LONGEST_WAIT_MS ? undefined : Math.max(backoffMs, retryAfterMs)
}

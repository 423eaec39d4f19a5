/**
 * Whether a moment that was set at most `longestMs` before itself is still to come. One that lies further ahead is
 * none that we set: the clock was set back, and waiting for it could last for ever.
 */
export function isStillAhead(at: number, now: number, longestMs: number): boolean {
  const leftMs = at - now
  return leftMs > 0 && leftMs <= longestMs
}

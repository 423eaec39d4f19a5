import type { IncomingHttpHeaders } from 'node:http'

/** As GitLab Runner has it: the first wait, doubled each time. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 60_000
/** A server that asks for more is asked again all the same: a job waits for it. */
const LONGEST_TOLD_WAIT_MS = 10 * 60_000
/** How much earlier it may be, so that many runners do not come back in one moment. */
const JITTER = 0.2

/** What may be better a moment later. */
const PASSING_STATUSES: readonly number[] = [408, 429, 500, 502, 503, 504]

export function isPassingStatus(status: number): boolean {
  return PASSING_STATUSES.includes(status)
}

/**
 * How long a server wants to be left alone: Retry-After in seconds or as a date (RFC 9110, section 10.2.3), or
 * RateLimit-ResetTime, a date, as GitLab sends it.
 */
export function toldWaitMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const told = headers['retry-after'] ?? headers['ratelimit-resettime']
  const text = (Array.isArray(told) ? told[0] : told)?.trim() ?? ''
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_TOLD_WAIT_MS)
  // Date.parse takes half dates too; an HTTP date begins with the name of a day.
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - nowMs), LONGEST_TOLD_WAIT_MS)
}

/**
 * How long to wait before trying again, when the server does not say.
 * @param tries made so far, from 1
 * @param random in [0, 1)
 */
export function retryWaitMs(tries: number, random: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_WAIT_MS) * (1 - JITTER * random)
}

import { describe, expect, test } from 'vitest'
import { decideListInTrouble, listPauseMs } from '../../src/cache/list-trouble.ts'
import { UpstreamError, type UpstreamErrorCode } from '../../src/upstream/errors.ts'

const HOUR = 60 * 60 * 1000
const NOW = Date.parse('2026-01-01T00:00:00Z')
const error = (code: UpstreamErrorCode, retryAfterMs?: number) =>
  new UpstreamError(code, code, {
    upstream: 'docker.io',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })

describe('a list that could not be asked for again', () => {
  test.each([
    ['timeout', 'stale', 'public', 1, 'serve-stale'],
    ['rate-limited', 'stale', 'public', 100, 'serve-stale'],
    ['denied', 'stale', 'public', 1, 'serve-stale'],
    ['timeout', 'expired', 'public', 1, 'fail'],
    ['denied', 'expired', 'public', 1, 'fail'],
    ['not-found', 'stale', 'public', 1, 'forget'],
    ['not-found', 'expired', 'public', 1, 'forget'],
    ['timeout', 'stale', 'private', 23, 'serve-stale'],
    ['timeout', 'stale', 'private', 24, 'fail'],
    ['rate-limited', 'stale', 'private', 1, 'serve-stale'],
    ['denied', 'stale', 'private', 1, 'forget'],
    ['not-found', 'stale', 'private', 1, 'forget'],
  ] as const)('%s, %s, %s, told %i hours ago: %s', (code, freshness, whose, hours, decision) => {
    const list = {
      error: error(code),
      freshness,
      isPublic: whose === 'public',
      checkedAt: NOW - hours * HOUR,
    }
    expect(decideListInTrouble(list, NOW)).toBe(decision)
  })
})

test.each([
  ['not-found', undefined, false, 10_000],
  ['denied', undefined, true, 10_000],
  ['rate-limited', undefined, false, 60_000],
  ['rate-limited', 5_000, true, 5_000],
  ['rate-limited', 10 * HOUR, true, HOUR / 4],
  ['timeout', undefined, true, 30_000],
  ['timeout', undefined, false, 0],
] as const)('%s with Retry-After %s answers for %s %i ms', (code, retryAfterMs, hasCopy, pauseMs) => {
  expect(listPauseMs(error(code, retryAfterMs), hasCopy)).toBe(pauseMs)
})

import { describe, expect, test } from 'vitest'
import { MAX_TRIES, waitBeforeRetry } from '../../src/cache/resume-policy.ts'
import { UpstreamError, type UpstreamErrorCode } from '../../src/upstream/errors.ts'

function failure(code: UpstreamErrorCode, retryAfterMs?: number): UpstreamError {
  return new UpstreamError(code, 'broken', {
    upstream: 'docker.io',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

test.each(['unreachable', 'timeout', 'failed', 'rate-limited', 'interrupted'] as const)(
  '%s is tried again once somebody reads',
  (code) => {
    expect(waitBeforeRetry(failure(code), 1, true)).toBeGreaterThan(0)
    expect(waitBeforeRetry(failure(code), 1, false)).toBeUndefined()
  },
)

test.each(['invalid', 'refused', 'not-found', 'denied'] as const)('%s is final', (code) => {
  expect(waitBeforeRetry(failure(code), 1, true)).toBeUndefined()
})

test('waits grow, and end', () => {
  const waits = Array.from({ length: MAX_TRIES }, (_, turn) =>
    waitBeforeRetry(failure('interrupted'), turn + 1, true),
  )
  expect(waits).toEqual([200, 400, 800, 1_600, undefined])
})

describe('what the upstream says of when to come back', () => {
  const cases: [name: string, retryAfterMs: number, triesFailed: number, want: number | undefined][] = [
    ['is kept', 3_000, 1, 3_000],
    ['does not make the wait shorter', 100, 3, 800],
    ['is waited for up to 5 s', 5_000, 1, 5_000],
    ['is not waited for beyond that', 5_001, 1, undefined],
  ]
  test.each(cases)('%s', (_, retryAfterMs, triesFailed, want) => {
    expect(waitBeforeRetry(failure('rate-limited', retryAfterMs), triesFailed, true)).toBe(want)
  })
})

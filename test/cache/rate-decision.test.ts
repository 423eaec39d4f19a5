import { expect, test } from 'vitest'
import { isNoticeable, isReserveReached, pauseAfterLimit } from '../../src/cache/rate-decision.ts'
import type { RateLimit } from '../../src/upstream/upstream.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

function hub(remaining: number, change: Partial<RateLimit> = {}): RateLimit {
  return { limit: 100, remaining, windowSeconds: 21_600, source: '192.0.2.7', ...change }
}

type Pause = [
  retryAfterMs: number | undefined,
  windowSeconds: number | undefined,
  pauseMs: number,
  isTold: boolean,
]
const pauses: Pause[] = [
  [77_000, 21_600, 77_000, true],
  [77_000, undefined, 77_000, true],
  [24 * HOUR, 21_600, 6 * HOUR, true],
  [0, undefined, MINUTE, false],
  [undefined, undefined, MINUTE, false],
  [undefined, 30, 30_000, false],
  [undefined, 21_600, 15 * MINUTE, false],
]
test.each(pauses)(
  '15: Retry-After %s ms, window %s s: %s ms',
  (retryAfterMs, windowSeconds, pauseMs, isTold) => {
    expect(pauseAfterLimit(retryAfterMs, windowSeconds)).toEqual({ pauseMs, isTold })
  },
)

const reserves: [name: string, observed: RateLimit, reserve: number, ageMs: number, want: boolean][] = [
  ['more is left than the reserve', hub(11), 0.1, 0, false],
  ['the reserve is left', hub(10), 0.1, 0, true],
  ['nothing is left', hub(0), 0.1, 0, true],
  ['no reserve is kept', hub(0), 0, 0, false],
  ['all is reserve', hub(100), 1, 0, true],
  ['told within the window', hub(5), 0.1, 6 * HOUR - 1, true],
  ['told a window ago', hub(5), 0.1, 6 * HOUR, false],
  ['told long ago, without a window', hub(5, { windowSeconds: undefined }), 0.1, 48 * HOUR, true],
  ['told in the future: the clock was set back', hub(5), 0.1, -1, false],
]
test.each(reserves)('%s', (_, observed, reserve, ageMs, want) => {
  expect(isReserveReached(observed, { reserve, ageMs })).toBe(want)
})

const notices: [name: string, before: RateLimit | undefined, after: RateLimit, want: boolean][] = [
  ['the first', undefined, hub(100), true],
  ['one pull fewer', hub(99), hub(98), false],
  ['a further tenth', hub(91), hub(90), true],
  ['nothing left', hub(1), hub(0), true],
  ['given back', hub(2), hub(100), true],
  ['another limit', hub(50), hub(50, { limit: 200 }), true],
  ['another window', hub(50), hub(50, { windowSeconds: 60 }), true],
  ['another address', hub(50), hub(50, { source: '192.0.2.8' }), true],
  ['a limit of nothing', hub(0, { limit: 0 }), hub(0, { limit: 0 }), false],
]
test.each(notices)('noticed: %s', (_, before, after, want) => {
  expect(isNoticeable(before, after)).toBe(want)
})

import { expect, test } from 'vitest'
import { type Freshness, freshness } from '../../src/cache/freshness.ts'

const CHECKED_AT = Date.parse('2026-01-01T00:00:00Z')

const cases: [name: string, ageMs: number, ttlMs: number, maxStaleMs: number, want: Freshness][] = [
  ['just checked', 0, 60, 1000, 'fresh'],
  ['the last moment of the TTL', 59, 60, 1000, 'fresh'],
  ['as old as the TTL', 60, 60, 1000, 'stale'],
  ['as old as may be served in trouble', 1000, 60, 1000, 'stale'],
  ['older than that', 1001, 60, 1000, 'expired'],
  ['a TTL of 0 always asks', 0, 0, 1000, 'stale'],
  ['a TTL of 0 and no staleness', 1, 0, 0, 'expired'],
  ['a TTL longer than the staleness counts', 500, 1000, 100, 'fresh'],
  ['checked in the future', -1, 60, 1000, 'stale'],
]
test.each(cases)('%s', (_, ageMs, ttlMs, maxStaleMs, want) => {
  expect(freshness(CHECKED_AT, { ttlMs, maxStaleMs }, CHECKED_AT + ageMs)).toBe(want)
})

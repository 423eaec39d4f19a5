import { expect, test } from 'vitest'
import { parseRetryAfter } from '../../src/upstream/retry-after.ts'

const now = Date.parse('2026-01-01T00:00:00Z')

test.each([
  ['0', 0],
  ['120', 120_000],
  [' 7 ', 7_000],
  ['Thu, 01 Jan 2026 00:01:30 GMT', 90_000],
  ['Thursday, 01-Jan-26 00:00:05 GMT', 5_000],
  ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
  [undefined, undefined],
  ['', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2026', 2_026_000],
  ['99999999999', undefined],
  ['2026-01-01', undefined],
])('%s is %s ms away', (header, want) => {
  expect(parseRetryAfter(header, now)).toBe(want)
})

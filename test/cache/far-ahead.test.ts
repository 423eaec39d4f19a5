import { expect, test } from 'vitest'
import { isFarAhead, MAX_SIDE_BYTES, NEAR_BYTES } from '../../src/cache/far-ahead.ts'

const MIB = 1024 * 1024
const TOTAL = 100 * MIB

const cases: [name: string, start: number, end: number | undefined, written: number, want: boolean][] = [
  ['the beginning', 0, 2, 0, false],
  ['just near enough', NEAR_BYTES, NEAR_BYTES + 1, 0, false],
  ['just too far', NEAR_BYTES + 1, NEAR_BYTES + 2, 0, true],
  ['near what has arrived', 50 * MIB, 51 * MIB, 45 * MIB, false],
  ['what has arrived', 50 * MIB, 51 * MIB, 60 * MIB, false],
  ['far, without an end: a piece of the whole', 50 * MIB, undefined, 0, false],
  ['far, and as large as a lazy puller asks', 50 * MIB, 50 * MIB + MAX_SIDE_BYTES, 0, true],
  ['far, and larger: a piece of the whole', 50 * MIB, 50 * MIB + MAX_SIDE_BYTES + 1, 0, false],
  ['the tail, with much missing', TOTAL - 1000, TOTAL, 50 * MIB, true],
  ['the tail, with little missing', TOTAL - 1000, TOTAL, TOTAL - NEAR_BYTES, false],
  ['the tail, with nothing missing but the verification', TOTAL - 1000, TOTAL, TOTAL, false],
  ['a part that ends in the tail', TOTAL - 2 * MIB, TOTAL - 1, TOTAL - 9 * MIB, true],
]
test.each(cases)('%s', (_, start, end, writtenBytes, want) => {
  expect(isFarAhead({ start, end, writtenBytes, totalBytes: TOTAL })).toBe(want)
})

test('nothing is far ahead of content whose size is not known', () => {
  expect(isFarAhead({ start: 50 * MIB, end: 51 * MIB, writtenBytes: 0, totalBytes: undefined })).toBe(false)
})

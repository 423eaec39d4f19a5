import { expect, test } from 'vitest'
import { counted, humanAge, humanDuration, humanSize, humanSpan } from '../../src/cli/human.ts'

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1024 * 1023.96, '1.0 MiB'],
  [1024 ** 2 * 45.25, '45.3 MiB'],
  [1024 ** 3 * 100, '100.0 GiB'],
  [1024 ** 4 * 2000, '2000.0 TiB'],
])('%d bytes are %s', (bytes, want) => {
  expect(humanSize(bytes)).toBe(want)
})

test.each([
  [-5_000, 'now'],
  [59_000, 'now'],
  [60_000, '1 min ago'],
  [3_599_000, '59 min ago'],
  [7_200_000, '2 h ago'],
  [86_400_000 * 400, '400 d ago'],
])('%d ms are %s', (ms, want) => {
  expect(humanAge(1_000_000_000_000, 1_000_000_000_000 + ms)).toBe(want)
})

test.each([
  [0, '0.0 s'],
  [4_240, '4.2 s'],
  [200_000, '3 min 20 s'],
])('%d ms take %s', (ms, want) => {
  expect(humanDuration(ms)).toBe(want)
})

test('one is singular', () => {
  expect([0, 1, 2].map((count) => counted(count, 'image'))).toEqual(['0 images', '1 image', '2 images'])
})

test.each([
  [0, 'under a minute'],
  [60_000, '1 min'],
  [21_600_000, '6 h'],
  [5_700_000, '1 h 35 min'],
  [30 * 3_600_000, '30 h'],
])('%d ms are a span of %s', (ms, want) => {
  expect(humanSpan(ms)).toBe(want)
})

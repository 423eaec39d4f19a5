import { expect, test } from 'vitest'
import { DurationCounts } from '../src/duration-counts.ts'

test('a duration falls under the first bound that it does not exceed', () => {
  const durations = new DurationCounts([1, 10])
  for (const ms of [0, 1000, 1001, 10_000, 10_001, 900_000]) durations.note(ms)
  expect(durations.counts).toEqual([2, 2, 2])
  expect(durations.sumS).toBeCloseTo(922.002, 6)
})

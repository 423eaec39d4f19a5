import { expect, test } from 'vitest'
import { Durations } from '../src/durations.ts'

test('a duration falls under the first bound that it does not exceed', () => {
  const durations = new Durations([1, 10])
  for (const ms of [0, 1000, 1001, 10_000, 10_001, 900_000]) durations.note(ms)
  expect(durations.counts).toEqual([2, 2, 2])
  expect(durations.sumS).toBeCloseTo(922.002, 6)
})

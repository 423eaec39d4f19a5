import { expect, test } from 'vitest'
import { isFlat, slopeOf } from '../../../bench/soak/slope.ts'

test.each([
  ['the same', [5, 5, 5], 0],
  ['two rounds', [1, 4], 3],
  ['a line', [1, 3, 5, 7], 2],
  ['falling', [9, 6, 3], -3],
  ['one disturbed round among many', [5, 5, 500, 5, 5, 5], 0],
  ['a step', [5, 5, 5, 9, 9, 9], 1],
  ['up and down', [4, 6, 4, 6, 4], 0],
])('the slope of %s', (_, values, slope) => {
  expect(slopeOf(values)).toBeCloseTo(slope)
})

test.each([
  ['no growth', [5, 5, 5], 0, true],
  ['less and less', [9, 6, 3], 0, true],
  ['as much as it may', [0, 5, 10], 10, true],
  ['more than it may', [0, 5, 11], 10, false],
  ['a little in every one of many rounds', Array.from({ length: 50 }, (_, round) => round), 10, false],
])('flat with %s', (_, values, mostGrowth, flat) => {
  expect(isFlat(values, mostGrowth)).toBe(flat)
})

test('one value has no slope', () => {
  expect(() => slopeOf([1])).toThrow(RangeError)
})

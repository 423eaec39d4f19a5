import { expect, test } from 'vitest'
import { isStillAhead } from '../src/still-ahead.ts'

test.each([
  ['just set', 110, 100, true],
  ['a moment before it', 110, 109, true],
  ['reached', 110, 110, false],
  ['long ago: the clock was set forward', 110, 10_000, false],
  ['further ahead than it can be: the clock was set back', 110, 99, false],
])('(d25) a moment ten ahead at most: %s', (_, at, now, ahead) => {
  expect(isStillAhead(at, now, 10)).toBe(ahead)
})

import { describe, expect, test } from 'vitest'
import { addSample, forecastExhaustion, type RateSample } from '../../src/cache/rate-forecast.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

function series(...points: [minute: number, remaining: number][]): readonly RateSample[] {
  return points.map(([minute, remaining]) => ({ at: minute * MINUTE, remaining }))
}

const cases: [name: string, samples: readonly RateSample[], windowMs: number | undefined, want?: number][] = [
  ['nothing observed', [], HOUR],
  ['one observation', series([0, 50]), HOUR],
  ['nothing spent', series([0, 50], [30, 50]), HOUR],
  ['half in half an hour: half an hour more', series([0, 100], [30, 50]), 6 * HOUR, HOUR],
  ['slowly enough for the window to give it back', series([0, 100], [30, 99]), 6 * HOUR],
  ['the same where no window is told', series([0, 100], [30, 99]), undefined, 3_000 * MINUTE],
  ['too short to say', series([0, 100], [0.5, 50]), HOUR],
  ['nothing left', series([0, 100], [0.5, 0]), HOUR, 0.5 * MINUTE],
]
test.each(cases)('%s', (_, samples, windowMs, want) => {
  expect(forecastExhaustion(samples, windowMs)).toBe(want)
})

describe('the series', () => {
  const add = (points: readonly RateSample[]) => points.reduce<readonly RateSample[]>(addSample, [])

  test('begins anew when more is left than before, or the clock was set back', () => {
    expect(add(series([0, 50], [1, 40], [2, 90]))).toEqual(series([2, 90]))
    expect(add(series([5, 50], [4, 40]))).toEqual(series([4, 40]))
  })

  test('keeps its beginning and its end, and little in between', () => {
    const crowded = series([0, 100], [0.1, 99], [0.2, 98], [0.3, 97], [2, 96])
    expect(add(crowded)).toEqual(series([0, 100], [2, 96]))
  })

  test('is bounded', () => {
    const many = Array.from({ length: 500 }, (_, minute) => ({
      at: minute * MINUTE,
      remaining: 1_000 - minute,
    }))
    expect(add(many).length).toBe(32)
  })
})

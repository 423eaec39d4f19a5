import { describe, expect, test } from 'vitest'
import { parseDuration } from '../src/duration.ts'

describe('parseDuration', () => {
  const cases: [text: string, wantMs: number | undefined][] = [
    ['0s', 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['15m', 900_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
    ['36500d', 3_153_600_000_000],
    ['36501d', undefined],
    ['999999999999999d', undefined],
    ['', undefined],
    ['90', undefined],
    ['s', undefined],
    ['-1s', undefined],
    ['1.5h', undefined],
    ['1h30m', undefined],
    ['90 s', undefined],
    ['90S', undefined],
    ['1w', undefined],
    ['90s\n', undefined],
  ]
  test.each(cases)('%j is %s ms', (text, wantMs) => {
    expect(parseDuration(text)).toBe(wantMs)
  })
})

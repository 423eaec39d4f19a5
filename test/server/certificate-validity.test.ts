import { expect, test } from 'vitest'
import { type Validity, validityAt } from '../../src/server/certificate-validity.ts'

const DAY_MS = 24 * 60 * 60 * 1000

const cases: [name: string, livesDays: number, day: number, want: Validity][] = [
  ['before it begins', 90, -0.1, 'not-yet'],
  ['at its beginning', 90, 0, 'valid'],
  ['eight days before its end', 90, 82, 'valid'],
  ['six days before its end', 90, 84, 'soon'],
  ['at its last moment', 90, 90, 'soon'],
  ['after its end', 90, 90.1, 'expired'],
  ['one of six days, in the middle', 6, 3, 'valid'],
  ['one of six days, in its last quarter', 6, 5, 'soon'],
]
test.each(cases)('%s', (_, livesDays, day, want) => {
  expect(validityAt({ validFrom: 0, validTo: livesDays * DAY_MS }, day * DAY_MS)).toBe(want)
})

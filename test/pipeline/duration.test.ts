import { describe, expect, test } from 'vitest'
import { readDuration } from '../../src/pipeline/read/duration.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

describe('readDuration', () => {
  test.each([
    { text: '90', ms: 90_000 },
    { text: '1h 30m', ms: 90 * MINUTE_MS },
    { text: '1h30m', ms: 90 * MINUTE_MS },
    { text: '3 hours 30 minutes', ms: 210 * MINUTE_MS },
    { text: '3h, 30 min', ms: 210 * MINUTE_MS },
    { text: 'one hour', ms: HOUR_MS },
    { text: 'an hour and five minutes', ms: 65 * MINUTE_MS },
    { text: 'Thirty Five Seconds', ms: 35_000 },
    { text: '1.5 hours', ms: 90 * MINUTE_MS },
    { text: '1:30', ms: 90_000 },
    { text: '1:30:00', ms: 90 * MINUTE_MS },
    { text: '2 days', ms: 2 * DAY_MS },
    { text: '1 week', ms: 7 * DAY_MS },
    { text: '1 mo', ms: 30 * DAY_MS },
    { text: '1 yr', ms: 365.25 * DAY_MS },
  ])('$text', ({ text, ms }) => {
    expect(readDuration(text)).toBe(ms)
  })

  test.each(['', '0', '0s', 'soon', 'h', '10 parsecs', '-5m', '30 5 minutes', '1:2:3:4', 'never', '1 hour!'])(
    '%s is none',
    (text) => {
      expect(readDuration(text)).toBeUndefined()
    },
  )
})

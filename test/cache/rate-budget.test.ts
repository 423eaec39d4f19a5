import { beforeEach, describe, expect, test } from 'vitest'
import { HEAD_SPACING_MS } from '../../src/cache/rate-account.ts'
import { RateBudget } from '../../src/cache/rate-budget.ts'
import { UpstreamError } from '../../src/upstream/errors.ts'
import type { ManifestReplied } from '../../src/upstream/upstream.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

const MINUTE = 60_000
const ACME = { id: 'docker.io/acme', username: 'acme', password: 'secret' }

let clock: FakeClock
let log: RecordLog
let rates: RateBudget

beforeEach(() => {
  clock = new FakeClock()
  log = new RecordLog()
  rates = new RateBudget({ upstream: 'docker.io', reserve: 0.1, clock, log })
})

function reply(change: Partial<ManifestReplied> & { remaining?: number } = {}): void {
  const { remaining, ...rest } = change
  const rateLimit =
    remaining === undefined
      ? undefined
      : { limit: 100, remaining, windowSeconds: 21_600, source: '192.0.2.7' }
  rates.manifestReplied({ credentialId: undefined, status: 200, rateLimit, retryAfterMs: undefined, ...rest })
}

/** `go`, or the time to come back in ms. */
function may(
  ask: 'admitGet' | 'admitHead' | 'admitBlob' | 'admitUpdate',
  credential?: typeof ACME,
): 'go' | number | undefined {
  try {
    rates[ask](credential)
    return 'go'
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    expect(error.code).toBe('rate-limited')
    return error.retryAfterMs
  }
}

test('nothing is known at first, and everything may be asked', () => {
  expect([may('admitGet'), may('admitHead'), may('admitUpdate')]).toEqual(['go', 'go', 'go'])
  expect(rates.report(undefined)).toEqual({
    observed: undefined,
    forecast: undefined,
    limitedUntil: undefined,
    reserveReached: false,
  })
})

describe('(d15) after a 429', () => {
  test('no manifest is pulled before its Retry-After, whatever else is told', () => {
    reply({ status: 429, retryAfterMs: 5 * MINUTE })
    expect(may('admitGet')).toBe(5 * MINUTE)
    clock.advance(MINUTE)
    reply({ remaining: 50 })
    expect(may('admitGet')).toBe(4 * MINUTE)
    clock.advance(4 * MINUTE)
    expect(may('admitGet')).toBe('go')
  })

  test('one HEAD a minute is sent', () => {
    reply({ status: 429, retryAfterMs: 5 * MINUTE })
    expect(may('admitHead')).toBe(5 * MINUTE)
    clock.advance(HEAD_SPACING_MS)
    expect([may('admitHead'), may('admitHead')]).toEqual(['go', 4 * MINUTE])
    clock.advance(HEAD_SPACING_MS)
    expect(may('admitHead')).toBe('go')
  })

  test('without Retry-After it is over when something is left again', () => {
    reply({ status: 429, remaining: 0 })
    expect(may('admitGet')).toBe(15 * MINUTE)
    clock.advance(HEAD_SPACING_MS)
    reply({ remaining: 1 })
    expect(may('admitGet')).toBe('go')
  })

  test('another credential is not limited by it', () => {
    reply({ status: 429, credentialId: ACME.id, retryAfterMs: MINUTE })
    expect([may('admitGet', ACME), may('admitGet')]).toEqual([MINUTE, 'go'])
  })

  test('one line of the log tells it, however many are refused at once', () => {
    for (let turn = 0; turn < 10; turn += 1) reply({ status: 429, retryAfterMs: 10 * MINUTE })
    expect(log.of('upstream.limited')).toHaveLength(1)
    expect(log.of('upstream.limited')[0]).toMatchObject({
      level: 'warn',
      fields: { upstream: 'docker.io', credential: null, until: '2026-01-01T00:10:00.000Z' },
    })
  })

  test('(d25) a clock that is set back does not make it longer than any limit', () => {
    reply({ status: 429, retryAfterMs: MINUTE })
    clock.advance(-24 * 60 * MINUTE)
    expect(may('admitGet')).toBe('go')
  })

  test('(d25) nor does one that is set back by hours keep the next HEAD waiting for hours', () => {
    reply({ status: 429, retryAfterMs: 4 * 60 * MINUTE })
    expect(may('admitHead')).not.toBe('go')
    clock.jump(-60 * MINUTE)
    expect([may('admitHead'), may('admitHead')]).toEqual(['go', 5 * 60 * MINUTE])
  })
})

describe('(d15) a 429 to a blob', () => {
  const all = () => [may('admitBlob'), may('admitGet'), may('admitHead')]

  test('stops everything before its Retry-After', () => {
    rates.blobReplied({ credentialId: undefined, status: 429, retryAfterMs: 5 * MINUTE })
    expect(all()).toEqual(Array(3).fill(5 * MINUTE))
    clock.advance(2 * MINUTE)
    reply({ remaining: 50 })
    expect(all()).toEqual(Array(3).fill(3 * MINUTE))
    expect(rates.report(undefined).limitedUntil).toBe(clock.now() + 3 * MINUTE)
    clock.advance(3 * MINUTE)
    expect(all()).toEqual(['go', 'go', 'go'])
  })

  test('without Retry-After stops it for a minute', () => {
    rates.blobReplied({ credentialId: undefined, status: 429, retryAfterMs: undefined })
    expect(may('admitBlob')).toBe(MINUTE)
  })

  test('does not limit another credential, and is told once', () => {
    for (let turn = 0; turn < 5; turn += 1) {
      rates.blobReplied({ credentialId: ACME.id, status: 429, retryAfterMs: MINUTE })
    }
    expect([may('admitBlob', ACME), may('admitBlob')]).toEqual([MINUTE, 'go'])
    expect(log.of('upstream.limited')).toHaveLength(1)
  })

  test('(d25) a clock that is set back does not make it longer than any limit', () => {
    rates.blobReplied({ credentialId: undefined, status: 429, retryAfterMs: MINUTE })
    clock.advance(-24 * 60 * MINUTE)
    expect(may('admitBlob')).toBe('go')
  })

  test('is not what a 429 to a manifest does: the limit of pulls leaves blobs alone', () => {
    reply({ status: 429, retryAfterMs: MINUTE })
    rates.blobReplied({ credentialId: undefined, status: 200, retryAfterMs: undefined })
    expect([may('admitBlob'), may('admitGet')]).toEqual(['go', MINUTE])
  })
})

describe('the reserve', () => {
  test('is kept from what is here already, and not from what is not', () => {
    reply({ remaining: 10 })
    expect([may('admitUpdate'), may('admitGet'), may('admitHead')]).toEqual([undefined, 'go', 'go'])
    expect(may('admitUpdate', ACME)).toBe('go')
    reply({ remaining: 11 })
    expect(may('admitUpdate')).toBe('go')
  })

  test('is told in the log', () => {
    for (const remaining of [12, 11, 10, 9]) reply({ remaining })
    expect(log.of('upstream.rate').map(({ level, fields }) => [level, fields.remaining])).toEqual([
      ['info', 12],
      ['warn', 10],
    ])
  })
})

test('what is told is remembered with its time, and what it leads to is forecast', () => {
  reply({ remaining: 100 })
  clock.advance(30 * MINUTE)
  reply({ remaining: 40 })
  const { observed, forecast } = rates.report(undefined)
  expect(observed).toEqual({
    limit: 100,
    remaining: 40,
    windowSeconds: 21_600,
    source: '192.0.2.7',
    at: clock.now(),
  })
  expect(forecast).toBe(clock.now() + 20 * MINUTE)
})

describe('over a restart', () => {
  /** As after one that took so long. */
  function restart(afterMs: number): void {
    const notes = rates.notes()
    clock.advance(afterMs)
    rates = new RateBudget({ upstream: 'docker.io', reserve: 0.1, clock, log })
    for (const note of notes) rates.restore(note)
  }

  test('(d15) a pause stays what it was, with one HEAD a minute', () => {
    reply({ status: 429, retryAfterMs: 5 * MINUTE })
    restart(MINUTE)
    expect([may('admitGet'), may('admitHead')]).toEqual([4 * MINUTE, 4 * MINUTE])
    clock.advance(HEAD_SPACING_MS)
    expect([may('admitHead'), may('admitHead')]).toEqual(['go', 3 * MINUTE])
    restart(3 * MINUTE)
    expect(may('admitGet')).toBe('go')
  })

  test('(d15) so does the silence after a 429 to a blob, and what is left', () => {
    rates.blobReplied({ credentialId: ACME.id, status: 429, retryAfterMs: 5 * MINUTE })
    reply({ remaining: 9 })
    restart(MINUTE)
    expect([may('admitBlob', ACME), may('admitBlob')]).toEqual([4 * MINUTE, 'go'])
    expect([may('admitUpdate'), may('admitUpdate', ACME)]).toEqual([undefined, 'go'])
  })

  test('what would be over is forgotten', () => {
    reply({ status: 429, retryAfterMs: 5 * MINUTE, remaining: 0 })
    restart(6 * 60 * MINUTE)
    expect(rates.notes()).toEqual([])
  })

  test('(d25) what comes from a later time is not believed', () => {
    reply({ status: 429, retryAfterMs: 5 * MINUTE, remaining: 0 })
    restart(-24 * 60 * MINUTE)
    expect(rates.notes()).toEqual([])
  })
})

test('the accounts of logins that come and go are bounded, and those in use are kept', () => {
  reply({ credentialId: ACME.id, status: 429, retryAfterMs: MINUTE })
  for (let job = 0; job < 2_000; job++) {
    reply({ credentialId: `docker.io/job#${job}`, remaining: 50 })
    expect(may('admitGet', ACME)).toBe(MINUTE)
  }
  expect(rates.notes()).toHaveLength(1_000)
})

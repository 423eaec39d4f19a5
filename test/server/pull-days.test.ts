import { afterEach, beforeEach, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import type { EndedPull } from '../../src/server/open-pull.ts'
import { dayOf, PullDays } from '../../src/server/pull-days.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

const DAY_MS = 86_400_000

let catalog: SqliteCatalog
let clock: FakeClock
let log: RecordLog
let days: PullDays

beforeEach(() => {
  catalog = new SqliteCatalog(':memory:')
  clock = new FakeClock()
  log = new RecordLog()
  days = new PullDays(catalog.pullDays, clock, log)
})

afterEach(async () => {
  await days.close()
  await catalog.close()
})

function pull(change: Partial<EndedPull> = {}): EndedPull {
  return {
    image: 'docker.io/library/a:1',
    digest: digestOf(Buffer.from('a')),
    client: '192.0.2.1',
    group: 'default',
    outcome: 'hit',
    bytes: 100,
    savedBytes: 60,
    upstreamRequests: 3,
    tookUpstreamPull: false,
    durationMs: 1,
    ...change,
  }
}

test.each([
  ['hit', false, { hits: 1, savedPulls: 1 }],
  ['revalidated', false, { hits: 1, savedPulls: 1 }],
  ['stale', false, { hits: 1, savedPulls: 1 }],
  ['miss', false, { hits: 0, savedPulls: 1 }],
  ['updated', true, { hits: 0, savedPulls: 0 }],
  ['skip', true, { hits: 0, savedPulls: 0 }],
] as const)('a pull that is a %s (an upstream pull: %s) counts as %o', async (outcome, took, want) => {
  days.note(pull({ outcome, tookUpstreamPull: took }))
  await days.flush()
  const sums = { pulls: 1, bytes: 100, savedBytes: 60, upstreamRequests: 3 }
  expect(await catalog.pullDays.sum(dayOf(clock.now()))).toEqual({ ...sums, ...want })
})

test('pulls are gathered for five seconds, and written on the day on which they ended', async () => {
  const today = dayOf(clock.now())
  days.note(pull())
  days.note(pull())
  expect((await catalog.pullDays.sum(0)).pulls).toBe(0)
  clock.advance(5_000)
  await expect.poll(async () => (await catalog.pullDays.sum(0)).pulls).toBe(2)
  clock.advance(DAY_MS)
  days.note(pull())
  await days.flush()
  expect((await catalog.pullDays.sum(today + 1)).pulls).toBe(1)
  expect((await catalog.pullDays.sum(today)).pulls).toBe(3)
})

test('what cannot be written is logged, and nothing when there is nothing', async () => {
  const unwritable = new SqliteCatalog(':memory:', 'empty')
  const lost = new PullDays(unwritable.pullDays, clock, log)
  await lost.flush()
  expect(log.lines).toEqual([])
  lost.note(pull())
  await lost.close()
  expect(log.of('stats.lost')).toMatchObject([{ level: 'warn', fields: { images: 1 } }])
  await unwritable.close()
})

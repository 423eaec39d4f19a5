import { beforeEach, expect, test } from 'vitest'
import { PROBE_MS, StorageHealth } from '../../src/cache/storage-health.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

const FULL = Object.assign(new Error('no space'), { code: 'ENOSPC' })
const FAILING = Object.assign(new Error('i/o'), { code: 'SQLITE_IOERR_WRITE' })

let clock: FakeClock
let log: RecordLog
let asked: number
let health: StorageHealth

beforeEach(() => {
  clock = new FakeClock()
  log = new RecordLog()
  asked = 0
  health = new StorageHealth(clock, log, () => {
    asked += 1
  })
})

test('a full storage is told once, asks for room once, and is tried again now and then', () => {
  expect(health.admits()).toBe(true)
  for (let i = 0; i < 5; i += 1) expect(health.met(FULL)).toBe(true)
  expect(log.of('storage.full')).toHaveLength(1)
  expect(asked).toBe(1)
  expect(health.admits()).toBe(false)
  clock.advance(PROBE_MS)
  expect(health.admits()).toBe(true)
  expect(health.admits()).toBe(false)
  health.worked()
  expect(health.admits()).toBe(true)
  expect(log.of('storage.recovered')).toHaveLength(1)
})

test('one that is full every minute is told every ten minutes', () => {
  for (let minute = 0; minute < 20; minute += 1) {
    health.met(FULL)
    health.worked()
    clock.advance(60_000)
  }
  expect(log.of('storage.full')).toHaveLength(2)
  expect(asked).toBe(20)
})

test('one that fails has another name, and asks for no room', () => {
  health.met(FAILING)
  expect(log.of('storage.failing')[0]?.fields).toMatchObject({ part: 'catalog', code: 'SQLITE_IOERR_WRITE' })
  expect(asked).toBe(0)
})

test('other errors are somebody else\u2019s', async () => {
  const other = new TypeError('x')
  expect(health.met(other)).toBe(false)
  await expect(health.try(() => Promise.reject(other))).rejects.toBe(other)
  expect(await health.try(() => Promise.reject(FULL))).toBe(false)
  expect(await health.try(async () => 1)).toBe(true)
})

test('(d25) is tried again, and told again, when the clock is set back', () => {
  health.met(FULL)
  expect(health.admits()).toBe(false)
  clock.jump(-24 * 60 * 60_000)
  expect(health.admits()).toBe(true)
  health.worked()
  health.met(FULL)
  expect(log.of('storage.full')).toHaveLength(2)
})

import type { Database } from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PullDay } from '../../../src/store/pull-day-catalog.ts'
import { openDatabase } from '../../../src/store/sqlite/open-database.ts'
import { PullDayTable } from '../../../src/store/sqlite/pull-day-table.ts'

let database: Database
let table: PullDayTable

beforeEach(() => {
  database = openDatabase(':memory:', 'shared')
  table = new PullDayTable(database, { maxDays: 3, maxImages: 2 })
})

afterEach(() => {
  database.close()
})

const SUMS = { pulls: 1, hits: 1, savedPulls: 1, bytes: 10, savedBytes: 5, upstreamRequests: 2 }

function pulled(day: number, image: string, change: Partial<PullDay> = {}): PullDay {
  return { day, image, ...SUMS, ...change }
}

test('what is pulled on one day is added up, and days are counted from the first that is wanted', async () => {
  await table.add([pulled(1, 'a'), pulled(2, 'a', { hits: 0 })])
  await table.add([pulled(2, 'a'), pulled(2, 'b', { pulls: 5 })])
  expect(await table.sum(2)).toEqual({
    pulls: 7,
    hits: 2,
    savedPulls: 3,
    bytes: 30,
    savedBytes: 15,
    upstreamRequests: 6,
  })
  const top = await table.listTop(1, 10)
  expect(top.map(({ image, pulls }) => [image, pulls])).toEqual([
    ['b', 5],
    ['a', 3],
  ])
  expect(await table.listTop(1, 1)).toHaveLength(1)
})

test('nothing is a sum of nothing', async () => {
  const nothing = Object.fromEntries(Object.keys(SUMS).map((key) => [key, 0]))
  expect(await table.sum(0)).toEqual(nothing)
})

test('a day has room for so many images: the others are in the sum, and in no list', async () => {
  await table.add(['a', 'b', 'c', 'd', 'a'].map((image) => pulled(1, image)))
  expect((await table.sum(1)).pulls).toBe(5)
  expect((await table.listTop(1, 10)).map(({ image }) => image)).toEqual(['a', 'b'])
  expect(database.prepare('SELECT count(*) FROM pull_day').pluck().get()).toBe(3)
})

test('days go by their number: a clock that was wrong once takes one away, not all', async () => {
  for (const day of [1, 2, 3, 90_000, 4]) await table.add([pulled(day, 'a')])
  const days = database.prepare('SELECT day FROM pull_day ORDER BY day').pluck().all()
  expect(days).toEqual([3, 4, 90_000])
})

import { expect, test } from 'vitest'
import { decideSpaceRules, defaultMaxBytes, defaultMinFreeBytes } from '../../src/server/space-rules.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { RecordLog } from '../support/record-log.ts'

const GIB = 1024 ** 3
const UNSET = {
  path: '/unused',
  maxBytes: undefined,
  minFreeBytes: undefined,
  maxAgeMs: undefined,
  highMark: 0.95,
  lowMark: 0.85,
  scrubBytesPerSecond: 0,
}

test.each([
  ['a full disk', 0, 0],
  ['ten GiB', 10 * GIB, 8 * GIB],
  ['an odd number of bytes', 9, 7],
  ['just what makes the most', 625 * GIB, 500 * GIB],
  ['a very large disk', 10_000 * GIB, 500 * GIB],
])('content may take 80 %% of what is free, 500 GiB at most: %s', (_, freeBytes, maxBytes) => {
  expect(defaultMaxBytes(freeBytes)).toBe(maxBytes)
})

test.each([
  ['ten GiB', 10 * GIB, GIB / 2],
  ['just what makes the most', 20 * GIB, GIB],
  ['a large disk', 1_000 * GIB, GIB],
])('a GiB stays free, or a twentieth of a small disk: %s', (_, totalBytes, minFreeBytes) => {
  expect(defaultMinFreeBytes(totalBytes)).toBe(minFreeBytes)
})

test('what was decided at the first start stays, and a setting wins over it', async () => {
  const catalog = new SqliteCatalog(':memory:')
  const budgetOf = async (freeBytes: number, change: object = {}) => {
    const measure = async () => ({ freeBytes, totalBytes: 100 * GIB })
    const settings = { ...UNSET, ...change }
    return (await decideSpaceRules(settings, catalog.space, measure, new RecordLog())).budget
  }
  const first = { maxBytes: 80 * GIB, highBytes: 76 * GIB, lowBytes: 68 * GIB, minFreeBytes: GIB }
  expect(await budgetOf(100 * GIB)).toEqual(first)
  expect(await budgetOf(50 * GIB)).toEqual(first)
  expect(await budgetOf(50 * GIB, { maxBytes: 20 * GIB, minFreeBytes: 0 })).toEqual({
    maxBytes: 20 * GIB,
    highBytes: 19 * GIB,
    lowBytes: 17 * GIB,
    minFreeBytes: 0,
  })
  await catalog.close()
})

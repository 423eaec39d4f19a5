import { randomBytes } from 'node:crypto'
import { openSync } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FileRange, FileTruncated } from '../../src/streams/file-range.ts'
import { SharedFile } from '../../src/streams/shared-file.ts'
import { CAN_LIST_DESCRIPTORS, openBelow } from '../support/open-descriptors.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'
import { readAll } from './read-range.ts'

const CONTENT = randomBytes(10_000)

let dir: TempDir
let path: string
let file: SharedFile

beforeEach(async () => {
  dir = await makeTempDir()
  path = join(dir.path, 'file')
  await writeFile(path, CONTENT)
  file = new SharedFile(openSync(path, 'r'))
})

afterEach(() => dir[Symbol.asyncDispose]())

describe('reads exactly its range', () => {
  const cases: [start: number, end: number, bufferBytes: number][] = [
    [0, 10_000, 4096],
    [0, 10_000, 100_000],
    [0, 1, 10],
    [9_999, 10_000, 10],
    [5_000, 5_000, 10],
    [1_234, 5_678, 1_000],
    [1_234, 5_678, 4_444],
  ]
  test.each(cases)('%i to %i through %i bytes', async (start, end, bufferBytes) => {
    await using reader = new FileRange(file, start, end)
    await file.release()
    expect(await readAll(reader, bufferBytes)).toEqual(CONTENT.subarray(start, end))
  })
})

describe('a file that was cut', () => {
  test('is no clean end', async () => {
    await using reader = new FileRange(file, 0, CONTENT.length)
    await file.release()
    await truncate(path, 6_000)
    const buffer = Buffer.alloc(5_000)
    expect(await reader.read(buffer)).toBe(5_000)
    expect(await reader.read(buffer)).toBe(1_000)
    await expect(reader.read(buffer)).rejects.toBeInstanceOf(FileTruncated)
  })

  test('does not matter behind the range', async () => {
    await using reader = new FileRange(file, 0, 6_000)
    await file.release()
    await truncate(path, 6_000)
    expect(await readAll(reader)).toEqual(CONTENT.subarray(0, 6_000))
  })
})

test('readers of one file do not disturb each other', async () => {
  await using first = new FileRange(file, 0, 10_000)
  await using second = new FileRange(file, 3_000, 9_000)
  await file.release()
  const [a, b] = await Promise.all([readAll(first, 700), readAll(second, 1_100)])
  expect(a).toEqual(CONTENT)
  expect(b).toEqual(CONTENT.subarray(3_000, 9_000))
})

test.skipIf(!CAN_LIST_DESCRIPTORS)(
  'closes the file when it was the last, also in the middle of a read',
  async () => {
    const reader = new FileRange(file, 0, 10_000)
    await file.release()
    const reading = reader.read(Buffer.alloc(100))
    await Promise.all([reader[Symbol.asyncDispose](), reader[Symbol.asyncDispose]()])
    expect(await reading).toBe(100)
    expect(openBelow(dir.path)).toEqual([])
  },
)

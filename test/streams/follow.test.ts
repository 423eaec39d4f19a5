import { randomBytes } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FileTruncated } from '../../src/streams/file-range.ts'
import { FollowRange } from '../../src/streams/follow.ts'
import { Growth, WITHHELD_TAIL_BYTES } from '../../src/streams/growth.ts'
import { SharedFile } from '../../src/streams/shared-file.ts'
import { CAN_LIST_DESCRIPTORS, openBelow } from '../support/open-descriptors.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'
import { readAll } from './read-range.ts'

const CONTENT = randomBytes(4 * WITHHELD_TAIL_BYTES)

let dir: TempDir

beforeEach(async () => {
  dir = await makeTempDir()
})

afterEach(() => dir[Symbol.asyncDispose]())

/** A file that a test lets grow. */
class GrowingFile {
  readonly path: string
  readonly file: SharedFile
  readonly growth: Growth

  constructor(path: string) {
    this.path = path
    this.file = new SharedFile(openSync(path, 'w+'))
    this.growth = new Growth()
  }

  append(bytes: Buffer): void {
    writeSync(this.file.descriptor, bytes, 0, bytes.length, this.growth.writtenBytes)
    this.growth.advance(bytes.length)
  }

  follow(start = 0, end?: number): FollowRange {
    return new FollowRange(this.file, this.growth, start, end)
  }
}

function growingFile(): GrowingFile {
  return new GrowingFile(join(dir.path, 'file'))
}

const tick = () => new Promise(setImmediate)

test('a follower sees bytes as they come, without the tail', async () => {
  const growing = growingFile()
  await using reader = growing.follow()
  await growing.file.release()
  const buffer = Buffer.alloc(CONTENT.length)
  const first = reader.read(buffer)
  growing.append(CONTENT.subarray(0, WITHHELD_TAIL_BYTES))
  growing.append(CONTENT.subarray(WITHHELD_TAIL_BYTES, WITHHELD_TAIL_BYTES + 10))
  expect(await first).toBe(10)
  expect(buffer.subarray(0, 10)).toEqual(CONTENT.subarray(0, 10))
  let waiting = true
  const second = reader.ready().then(() => {
    waiting = false
  })
  await tick()
  expect(waiting).toBe(true)
  growing.growth.verify()
  await second
  expect(await readAll(reader)).toEqual(CONTENT.subarray(10, WITHHELD_TAIL_BYTES + 10))
})

describe('failure', () => {
  test('comes after what was readable, and is no end', async () => {
    const growing = growingFile()
    await using reader = growing.follow()
    await growing.file.release()
    growing.append(CONTENT)
    const broken = new Error('broken')
    growing.growth.fail(broken)
    const buffer = Buffer.alloc(CONTENT.length)
    expect(await reader.read(buffer)).toBe(CONTENT.length - WITHHELD_TAIL_BYTES)
    await expect(reader.read(buffer)).rejects.toBe(broken)
    await expect(reader.ready()).rejects.toBe(broken)
    await expect(reader.read(buffer)).rejects.toBe(broken)
  })

  test('reaches those who wait', async () => {
    const growing = growingFile()
    await using reader = growing.follow()
    await growing.file.release()
    const waiting = [reader.ready(), reader.read(Buffer.alloc(1))]
    growing.growth.fail(new Error('broken'))
    for (const wait of waiting) await expect(wait).rejects.toThrow('broken')
  })

  test('does not concern a range that was read to its end', async () => {
    const growing = growingFile()
    await using reader = growing.follow(5, 15)
    await growing.file.release()
    growing.append(CONTENT)
    expect(await readAll(reader)).toEqual(CONTENT.subarray(5, 15))
    growing.growth.fail(new Error('broken'))
    expect(await reader.read(Buffer.alloc(1))).toBe(0)
  })
})

test('a file that was cut is no clean end', async () => {
  const growing = growingFile()
  await using reader = growing.follow()
  await growing.file.release()
  growing.append(CONTENT)
  growing.growth.verify()
  await truncate(growing.path, 100)
  await expect(readAll(reader)).rejects.toBeInstanceOf(FileTruncated)
})

test.skipIf(!CAN_LIST_DESCRIPTORS)('who leaves while waiting leaves nothing open', async () => {
  const growing = growingFile()
  const reader = growing.follow()
  const waiting = reader.read(Buffer.alloc(10))
  await Promise.all([reader[Symbol.asyncDispose](), reader[Symbol.asyncDispose]()])
  await growing.file.release()
  expect(openBelow(dir.path)).toEqual([])
  growing.growth.advance(10 * WITHHELD_TAIL_BYTES)
  expect(await waiting).toBe(0)
})

/** One reader of the property below. */
interface Plan {
  readonly start: number
  readonly length: number | undefined
  readonly bufferBytes: number
  /** Reads so often and leaves. */
  readonly leavesAfter: number | undefined
}

const plans = fc.array(
  fc.record<Plan>({
    start: fc.nat(CONTENT.length),
    length: fc.option(fc.nat(CONTENT.length), { nil: undefined }),
    bufferBytes: fc.integer({ min: 500, max: 100_000 }),
    leavesAfter: fc.option(fc.nat(5), { nil: undefined, freq: 3 }),
  }),
  { minLength: 1, maxLength: 8 },
)

interface Seen {
  readonly wanted: Buffer
  readonly openEnded: boolean
  readonly bytes: Buffer
  readonly left: boolean
  readonly error: unknown
}

async function read(growing: GrowingFile, content: Buffer, plan: Plan): Promise<Seen> {
  const start = Math.min(plan.start, content.length)
  const end = plan.length === undefined ? undefined : Math.min(start + plan.length, content.length)
  await using reader = growing.follow(start, end)
  const wanted = content.subarray(start, end)
  const openEnded = end === undefined
  const buffer = Buffer.alloc(plan.bufferBytes)
  const parts: Buffer[] = []
  try {
    for (let reads = 0; reads !== plan.leavesAfter; reads += 1) {
      await reader.ready()
      const count = await reader.read(buffer)
      if (count === 0)
        return { wanted, openEnded, bytes: Buffer.concat(parts), left: false, error: undefined }
      parts.push(Buffer.from(buffer.subarray(0, count)))
    }
    return { wanted, openEnded, bytes: Buffer.concat(parts), left: true, error: undefined }
  } catch (error) {
    return { wanted, openEnded, bytes: Buffer.concat(parts), left: false, error }
  }
}

test('any readers of any growth see exactly their bytes, or the failure and never the tail', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(CONTENT.length),
      fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 20 }),
      plans,
      fc.boolean(),
      fc.boolean(),
      async (size, chunkSizes, readers, totalKnown, good) => {
        const content = CONTENT.subarray(0, size)
        const growing = growingFile()
        if (totalKnown) growing.growth.setTotal(size)
        const early = readers.slice(0, 4).map((plan) => read(growing, content, plan))
        for (let at = 0, turn = 0; at < size; turn += 1) {
          const end = Math.min(size, at + (chunkSizes[turn % chunkSizes.length] ?? 1))
          growing.append(content.subarray(at, end))
          at = end
          if (turn % 3 === 0) await tick()
        }
        const late = readers.slice(4).map((plan) => read(growing, content, plan))
        await tick()
        const readableBytes = Math.max(0, size - WITHHELD_TAIL_BYTES)
        expect(growing.growth.readableBytes).toBe(readableBytes)
        const broken = new Error('broken')
        if (good) growing.growth.verify()
        else growing.growth.fail(broken)
        for (const { wanted, openEnded, bytes, left, error } of await Promise.all([...early, ...late])) {
          const shown = content.subarray(0, good ? size : readableBytes)
          const start = wanted.byteOffset - content.byteOffset
          const readable = shown.subarray(Math.min(start, shown.length), start + wanted.length)
          // Without an end of its own a reader learns from the verification alone that it has everything.
          const whole = good || (!openEnded && readable.length === wanted.length)
          expect(bytes.equals(left ? readable.subarray(0, bytes.length) : readable)).toBe(true)
          if (!left) expect(error).toBe(whole ? undefined : broken)
        }
        await growing.file.release()
        if (CAN_LIST_DESCRIPTORS) expect(openBelow(dir.path)).toEqual([])
      },
    ),
    { numRuns: 150 },
  )
})

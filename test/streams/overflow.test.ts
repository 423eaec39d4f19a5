import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Growth } from '../../src/streams/growth.ts'
import {
  NobodyReads,
  OVERFLOW_BYTES,
  Overflow,
  type OverflowTiming,
  ReaderTooSlow,
} from '../../src/streams/overflow.ts'
import { OverflowRange } from '../../src/streams/overflow-range.ts'

const KIB = 1024
const QUICK = { sharedMs: 50, aloneMs: 150 }

/** Content that no disk takes, written by the test and followed by readers. */
class Passed {
  readonly growth = new Growth()
  readonly overflow: Overflow
  readonly bytes: Buffer

  /** @param timing how long readers may take; the usual time where none of them is to be dropped */
  constructor(sizeBytes: number, timing?: OverflowTiming) {
    this.overflow = new Overflow(timing)
    this.bytes = randomBytes(sizeBytes)
    this.overflow.begin(0)
    this.growth.setTotal(sizeBytes)
  }

  follow(start = 0, end?: number): OverflowRange {
    return new OverflowRange(undefined, this.overflow, this.growth, start, end)
  }

  async writeAll(chunkBytes = 100 * KIB): Promise<void> {
    for (let at = 0; at < this.bytes.length; at += chunkBytes) {
      const chunk = this.bytes.subarray(at, at + chunkBytes)
      const taken = this.overflow.append(chunk)
      this.growth.advance(chunk.length)
      await taken
    }
    this.growth.verify()
  }
}

async function readAll(reader: OverflowRange, chunkBytes: number, restMs = 0): Promise<Buffer> {
  const chunks: Buffer[] = []
  for (;;) {
    const into = Buffer.alloc(chunkBytes)
    const count = await reader.read(into)
    if (count === 0) return Buffer.concat(chunks)
    chunks.push(into.subarray(0, count))
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs))
  }
}

test('readers at different paces get every byte, through less memory than the content takes', async () => {
  const passed = new Passed(5 * OVERFLOW_BYTES)
  const readers = [
    readAll(passed.follow(), 256 * KIB),
    readAll(passed.follow(), 64 * KIB, 1),
    readAll(passed.follow(3_000_000, 7_000_000), 100_000),
  ]
  await passed.writeAll()
  const [fast, slow, part] = await Promise.all(readers)
  expect(fast?.equals(passed.bytes)).toBe(true)
  expect(slow?.equals(passed.bytes)).toBe(true)
  expect(part?.equals(passed.bytes.subarray(3_000_000, 7_000_000))).toBe(true)
})

describe('a reader that stands still', () => {
  test('is dropped when it holds up another one, and is told', async () => {
    const passed = new Passed(3 * OVERFLOW_BYTES, QUICK)
    const still = passed.follow()
    const reading = readAll(passed.follow(), 256 * KIB)
    await passed.writeAll()
    expect((await reading).equals(passed.bytes)).toBe(true)
    await expect(readAll(still, 64 * KIB)).rejects.toBeInstanceOf(ReaderTooSlow)
  })

  test('and is alone ends the download after a longer time', async () => {
    const passed = new Passed(3 * OVERFLOW_BYTES, QUICK)
    passed.follow()
    const since = performance.now()
    await expect(passed.writeAll()).rejects.toBeInstanceOf(NobodyReads)
    expect(performance.now() - since).toBeGreaterThanOrEqual(QUICK.aloneMs - 10)
  })

  test('and leaves lets the writer go on at once', async () => {
    const passed = new Passed(3 * OVERFLOW_BYTES, QUICK)
    const still = passed.follow()
    const reading = readAll(passed.follow(), 256 * KIB)
    const writing = passed.writeAll()
    await still[Symbol.asyncDispose]()
    await writing
    expect((await reading).equals(passed.bytes)).toBe(true)
  })
})

test('without a reader nothing is taken', async () => {
  const passed = new Passed(1000, QUICK)
  await expect(passed.writeAll()).rejects.toBeInstanceOf(NobodyReads)
})

test('the tail is withheld until the whole is verified', async () => {
  const passed = new Passed(100 * KIB, QUICK)
  const reader = passed.follow()
  void passed.overflow.append(passed.bytes)
  passed.growth.advance(passed.bytes.length)
  const into = Buffer.alloc(100 * KIB)
  const shown = await reader.read(into)
  expect(shown).toBe(36 * KIB)
  const wrong = new Error('wrong bytes')
  passed.growth.fail(wrong)
  await expect(reader.read(into)).rejects.toBe(wrong)
})

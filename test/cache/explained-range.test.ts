import { expect, test } from 'vitest'
import { ExplainedRange } from '../../src/cache/explained-range.ts'
import { MemoryRange } from '../../src/streams/memory-range.ts'
import type { RangeReader } from '../../src/streams/range-reader.ts'
import { readAll } from '../streams/read-range.ts'

class BrokenRange implements RangeReader {
  disposed = false

  async ready(): Promise<void> {
    throw new Error('EIO')
  }

  async read(): Promise<number> {
    throw new Error('EIO')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true
  }
}

const inWords = (cause: unknown) => new Error('in words', { cause })

test('content passes as it is', async () => {
  const bytes = Buffer.from('hello')
  await using reader = new ExplainedRange(new MemoryRange(bytes), inWords)
  await reader.ready()
  expect(await readAll(reader, 3)).toEqual(bytes)
})

test('failures are told in words, with their cause', async () => {
  const broken = new BrokenRange()
  const reader = new ExplainedRange(broken, inWords)
  await expect(reader.ready()).rejects.toThrow('in words')
  await expect(reader.read(Buffer.alloc(1))).rejects.toMatchObject({ cause: new Error('EIO') })
  await reader[Symbol.asyncDispose]()
  expect(broken.disposed).toBe(true)
})

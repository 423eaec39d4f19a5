import { expect, test } from 'vitest'
import { MemoryBlob } from '../../src/cache/memory-blob.ts'
import { digestOf } from '../../src/oci/digest.ts'
import { readAll } from '../streams/read-range.ts'

const BYTES = Buffer.from('hello, world')

test.each([
  [0, 12, 'hello, world'],
  [7, 12, 'world'],
  [0, 1, 'h'],
  [5, 5, ''],
])('reads from %i up to %i', async (start, end, want) => {
  const blob = new MemoryBlob(digestOf(BYTES), BYTES)
  expect(blob.sizeBytes).toBe(12)
  await using reader = blob.read(start, end)
  await blob[Symbol.asyncDispose]()
  expect((await readAll(reader, 4)).toString()).toBe(want)
})

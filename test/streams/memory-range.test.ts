import { expect, test } from 'vitest'
import { MemoryRange } from '../../src/streams/memory-range.ts'
import { readAll } from './read-range.ts'

test.each([1, 2, 3, 5, 6, 100])('is read whole through a buffer of %i bytes', async (bufferBytes) => {
  const bytes = Buffer.from('hello!')
  await using reader = new MemoryRange(bytes)
  expect(await readAll(reader, bufferBytes)).toEqual(bytes)
  expect(await reader.read(Buffer.alloc(9))).toBe(0)
})

test('of no bytes is at its end', async () => {
  await using reader = new MemoryRange(Buffer.alloc(0))
  await reader.ready()
  expect(await reader.read(Buffer.alloc(9))).toBe(0)
})

test('may be disposed twice, and then has no bytes', async () => {
  const reader = new MemoryRange(Buffer.from('hello!'))
  await reader[Symbol.asyncDispose]()
  await reader[Symbol.asyncDispose]()
  expect(await reader.read(Buffer.alloc(9))).toBe(0)
})

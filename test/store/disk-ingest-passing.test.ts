import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, symlink } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { DiskBlobStore } from '../../src/store/disk-blob-store.ts'
import { DigestMismatch } from '../../src/store/errors.ts'
import type { Ingest } from '../../src/store/ingest.ts'
import type { RangeReader } from '../../src/streams/range-reader.ts'
import { follow } from '../contract/ingest-steps.ts'
import { readAll } from '../streams/read-range.ts'
import { type OpenedDiskStorage, openDiskStorage } from './open-storage.ts'

const MIB = 1024 * 1024
const CONTENT = randomBytes(9 * MIB)
const DIGEST = digestOf(CONTENT)

let storage: OpenedDiskStorage

beforeEach(async () => {
  storage = await openDiskStorage()
})

afterEach(async () => {
  await storage[Symbol.asyncDispose]()
})

/** As a download does it: goes on without the file when that fails. */
async function writeOn(ingest: Ingest, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += 64 * 1024) {
    const chunk = bytes.subarray(at, at + 64 * 1024)
    try {
      await ingest.write(chunk)
    } catch (error) {
      if (!ingest.kept) throw error
      ingest.pass()
      await ingest.write(chunk)
    }
  }
}

describe('an ingest that keeps nothing', () => {
  test('hands every byte to those who hold it, and leaves no file', async () => {
    const ingest = storage.ingests.pass(DIGEST)
    const held = ingest.hold()
    const all = readAll(held?.read(0) as RangeReader)
    const part = readAll(follow(ingest, 5_000_000, 6_000_000))
    await writeOn(ingest, CONTENT)
    await ingest.verify()
    await ingest.close()
    expect((await all).equals(CONTENT)).toBe(true)
    expect((await part).equals(CONTENT.subarray(5_000_000, 6_000_000))).toBe(true)
    expect(await readdir(storage.layout.ingests)).toEqual([])
  })

  test('can be joined while everything is still there, and not later', async () => {
    const ingest = storage.ingests.pass(DIGEST)
    const first = ingest.hold()
    await ingest.write(CONTENT.subarray(0, MIB))
    expect(ingest.joinable).toBe(true)
    const reading = readAll(first?.read(0) as RangeReader)
    await writeOn(ingest, CONTENT.subarray(MIB))
    expect(ingest.joinable).toBe(false)
    expect(ingest.hold()).toBeUndefined()
    await ingest.verify()
    expect((await reading).equals(CONTENT)).toBe(true)
  })

  test('of wrong bytes never shows their end', async () => {
    const ingest = storage.ingests.pass(DIGEST)
    const reading = readAll(follow(ingest, 0))
    reading.catch(() => {})
    await writeOn(ingest, Buffer.concat([CONTENT.subarray(0, -1), Buffer.from('x')]))
    await expect(ingest.verify()).rejects.toBeInstanceOf(DigestMismatch)
    await expect(reading).rejects.toBeInstanceOf(DigestMismatch)
  })

  test('cannot be committed', async () => {
    const ingest = storage.ingests.pass(DIGEST)
    await expect(new DiskBlobStore(storage.layout).commit(ingest)).rejects.toThrow(TypeError)
  })
})

describe.skipIf(!existsSync('/dev/full'))('an ingest whose file takes nothing', () => {
  test('goes on without it; nothing is left', async () => {
    await symlink('/dev/full', storage.layout.ingest(DIGEST))
    const ingest = await storage.ingests.begin(DIGEST)
    const reading = readAll(follow(ingest, 0))
    await writeOn(ingest, CONTENT)
    await ingest.verify()
    await ingest.close()
    expect((await reading).equals(CONTENT)).toBe(true)
    expect(ingest.kept).toBe(false)
    expect(await readdir(storage.layout.ingests)).toEqual([])
  })

  test('whose only chunk failed goes on at the end', async () => {
    const small = Buffer.from('small')
    const digest = digestOf(small)
    await symlink('/dev/full', storage.layout.ingest(digest))
    const ingest = await storage.ingests.begin(digest)
    const reading = readAll(follow(ingest, 0))
    await ingest.write(small)
    await expect(ingest.verify()).rejects.toMatchObject({ code: 'ENOSPC' })
    ingest.pass()
    await ingest.verify()
    await ingest.close()
    expect((await reading).equals(small)).toBe(true)
  })
})

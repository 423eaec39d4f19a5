import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { DiskIngests } from '../../src/store/disk-ingests.ts'
import { DigestMismatch } from '../../src/store/errors.ts'
import type { Ingest } from '../../src/store/ingest.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import { follow } from '../contract/ingest-steps.ts'
import { ingestsContract } from '../contract/ingests.contract.ts'
import { readAll } from '../streams/read-range.ts'
import { openBelow } from '../support/open-descriptors.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { type OpenedDiskStorage, openDiskStorage } from './open-storage.ts'

ingestsContract('DiskIngests', openDiskStorage)

const run = promisify(execFile)
const MIB = 1024 * 1024
const CONTENT = randomBytes(3 * MIB)
const DIGEST = digestOf(CONTENT)

let storage: OpenedDiskStorage

beforeEach(async () => {
  storage = await openDiskStorage()
})

afterEach(() => storage[Symbol.asyncDispose]())

function partialFile(): string {
  return storage.layout.ingest(DIGEST)
}

async function writeAll(ingest: Ingest, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += 64 * 1024) await ingest.write(bytes.subarray(at, at + 64 * 1024))
}

describe('a partial file that a crash left', () => {
  test('is resumed by another process', async () => {
    await writeFile(partialFile(), CONTENT.subarray(0, 2 * MIB))
    const ingest = await new DiskIngests(storage.layout).begin(DIGEST)
    expect(ingest.growth.writtenBytes).toBe(2 * MIB)
    await ingest.write(CONTENT.subarray(2 * MIB))
    await ingest.verify()
    await ingest.abort(new Error('over'))
  })

  test.each([
    ['at its start', 0],
    ['at its end', 2 * MIB - 1],
  ])('with a flipped byte %s is DigestMismatch and goes', async (_, position) => {
    await writeFile(partialFile(), CONTENT.subarray(0, 2 * MIB))
    const file = await open(partialFile(), 'r+')
    await file.write(Buffer.of((CONTENT[position] ?? 0) ^ 1), 0, 1, position)
    await file.close()
    const ingest = await storage.ingests.begin(DIGEST)
    await using reader = follow(ingest, 0)
    const following = readAll(reader)
    following.catch(() => {})
    await ingest.write(CONTENT.subarray(2 * MIB))
    await expect(ingest.verify()).rejects.toBeInstanceOf(DigestMismatch)
    await expect(following).rejects.toBeInstanceOf(DigestMismatch)
    expect(await readdir(storage.layout.ingests)).toEqual([])
  })

  test('that is longer than the content is DigestMismatch', async () => {
    await writeFile(partialFile(), Buffer.concat([CONTENT, Buffer.from('more')]))
    const ingest = await storage.ingests.begin(DIGEST)
    await expect(ingest.verify()).rejects.toBeInstanceOf(DigestMismatch)
  })

  test.each(['write', 'verify'] as const)('that is cut while it is hashed fails %s', async (method) => {
    await writeFile(partialFile(), CONTENT.subarray(0, 2 * MIB))
    const ingest = await storage.ingests.begin(DIGEST)
    await truncate(partialFile(), MIB)
    await expect(ingest[method](CONTENT.subarray(2 * MIB))).rejects.toThrow('shorter')
    await ingest.suspend(new Error('over'))
    const again = await storage.ingests.begin(DIGEST)
    expect(again.growth.writtenBytes).toBe(MIB)
    await again.write(CONTENT.subarray(MIB))
    await again.verify()
    await again.abort(new Error('over'))
  })
})

test('other things in the folder are no ingests', async () => {
  const { layout, ingests } = storage
  await mkdir(join(layout.ingests, `sha256-${'ab'.repeat(32)}`))
  await writeFile(join(layout.ingests, '.check'), 'x')
  await writeFile(join(layout.ingests, `sha256-${'AB'.repeat(32)}`), 'x')
  await writeFile(join(layout.ingests, `sha256:${'cd'.repeat(32)}-1`), 'x')
  await writeFile(partialFile(), 'partial')
  const listed = []
  for await (const { digest } of ingests.list()) listed.push(digest)
  expect(listed).toEqual([DIGEST])
})

test('a digest whose file cannot be opened may be begun again', async () => {
  await mkdir(partialFile())
  await expect(storage.ingests.begin(DIGEST)).rejects.toMatchObject({ code: 'EISDIR' })
  await rm(partialFile(), { recursive: true })
  const ingest = await storage.ingests.begin(DIGEST)
  await ingest.abort(new Error('over'))
})

describe('a disk that is full', () => {
  test.skipIf(!existsSync('/dev/full'))(
    'fails write and verify; followers are told, nothing hangs',
    async () => {
      await symlink('/dev/full', partialFile())
      const ingest = await storage.ingests.begin(DIGEST)
      await using reader = follow(ingest, 0)
      const following = readAll(reader)
      following.catch(() => {})
      await expect(writeAll(ingest, CONTENT)).rejects.toMatchObject({ code: 'ENOSPC' })
      await expect(ingest.write(CONTENT)).rejects.toMatchObject({ code: 'ENOSPC' })
      await expect(ingest.verify()).rejects.toMatchObject({ code: 'ENOSPC' })
      expect(ingest.growth.writtenBytes).toBe(0)
      const full = new Error('the disk is full')
      await ingest.abort(full)
      await expect(following).rejects.toBe(full)
      expect(await readdir(storage.layout.ingests)).toEqual([])
    },
  )

  test('keeps what fitted, which is resumed when there is room', async (context) => {
    await using dir = await makeTempDir()
    try {
      await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir.path])
    } catch {
      context.skip('a small file system cannot be mounted here')
    }
    try {
      const layout = new StorageLayout(dir.path)
      await layout.create()
      const ingests = new DiskIngests(layout)
      const ingest = await ingests.begin(DIGEST)
      await expect(writeAll(ingest, CONTENT)).rejects.toMatchObject({ code: 'ENOSPC' })
      const fittedBytes = ingest.growth.writtenBytes
      expect(fittedBytes).toBeGreaterThan(MIB / 2)
      await ingest.suspend(new Error('the disk is full'))

      await run('mount', ['-o', 'remount,size=8m', dir.path])
      const resumed = await ingests.begin(DIGEST)
      expect(resumed.growth.writtenBytes).toBe(fittedBytes)
      await writeAll(resumed, CONTENT.subarray(fittedBytes))
      await resumed.verify()
      await resumed.abort(new Error('over'))
      expect(openBelow(dir.path)).toEqual([])
    } finally {
      await run('umount', [dir.path])
    }
  })
})

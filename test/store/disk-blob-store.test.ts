import { existsSync } from 'node:fs'
import { mkdir, readdir, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { BlobNotFound } from '../../src/store/errors.ts'
import type { Ingest } from '../../src/store/ingest.ts'
import { FileTruncated } from '../../src/streams/file-range.ts'
import { blobStoreContract } from '../contract/blob-store.contract.ts'
import { follow } from '../contract/ingest-steps.ts'
import { readAll } from '../streams/read-range.ts'
import { type OpenedDiskStorage, openDiskStorage } from './open-storage.ts'

blobStoreContract('DiskBlobStore', openDiskStorage)

const CONTENT = Buffer.from('hello, world')
const DIGEST = digestOf(CONTENT)

let storage: OpenedDiskStorage

beforeEach(async () => {
  storage = await openDiskStorage()
})

afterEach(() => storage[Symbol.asyncDispose]())

async function verified(): Promise<Ingest> {
  const ingest = await storage.ingests.begin(DIGEST)
  await ingest.write(CONTENT)
  await ingest.verify()
  return ingest
}

async function put(): Promise<string> {
  const ingest = await verified()
  await storage.store.commit(ingest)
  await ingest.close()
  return storage.layout.blob(DIGEST)
}

async function walked(): Promise<Digest[]> {
  const digests: Digest[] = []
  for await (const { digest } of storage.store.walk()) digests.push(digest)
  return digests
}

test('a committed ingest is one file, and no other', async () => {
  const path = await put()
  expect((await stat(path)).size).toBe(CONTENT.length)
  expect(await readdir(storage.layout.ingests)).toEqual([])
})

test('other things on the disk are no blobs', async () => {
  const path = await put()
  const { blobs } = storage.layout
  const folder = join(blobs, 'sha256', 'ab')
  await mkdir(join(folder, 'ab'.repeat(32)), { recursive: true })
  await mkdir(join(blobs, 'md5', 'ab'), { recursive: true })
  await mkdir(join(blobs, 'lost+found'), { recursive: true })
  for (const foreign of [
    join(blobs, 'README'),
    join(blobs, 'sha256', '.DS_Store'),
    join(folder, 'AB'.repeat(32)),
    join(folder, 'ab'.repeat(31)),
    join(blobs, 'md5', 'ab', 'ab'.repeat(16)),
    `${path}.tmp`,
  ]) {
    await writeFile(foreign, 'foreign')
  }
  await symlink(path, join(folder, 'cd'.repeat(32)))
  expect(await walked()).toEqual([DIGEST])
})

test('a file that was cut tells its size, and is no clean end when it was cut later', async () => {
  const path = await put()
  await using blob = await storage.store.open(DIGEST)
  await truncate(path, 5)
  await using reader = blob.read(0, blob.sizeBytes)
  await expect(readAll(reader)).rejects.toBeInstanceOf(FileTruncated)
  await using again = await storage.store.open(DIGEST)
  expect(again.sizeBytes).toBe(5)
})

test('what is no file is no miss', async () => {
  await mkdir(storage.layout.blobFolder(DIGEST), { recursive: true })
  await symlink(DIGEST.slice(-64), storage.layout.blob(DIGEST))
  const opening = storage.store.open(DIGEST)
  await expect(opening).rejects.toMatchObject({ code: 'ELOOP' })
  await expect(opening).rejects.not.toBeInstanceOf(BlobNotFound)
})

test('only what is on the local disk can be committed', async () => {
  const ingest = await verified()
  await expect(storage.store.commit({ ...ingest })).rejects.toBeInstanceOf(TypeError)
  await ingest.abort(new Error('over'))
})

describe('a commit that fails', () => {
  test('closes the ingest and keeps nothing; the next one may succeed', async () => {
    const { layout, store, ingests } = storage
    const folder = layout.blobFolder(DIGEST)
    await mkdir(join(folder, '..'), { recursive: true })
    await writeFile(folder, 'a file where the folder should be')
    const ingest = await verified()
    await using follower = follow(ingest, 0)
    await expect(store.commit(ingest)).rejects.toMatchObject({ code: 'EEXIST' })
    expect((await readAll(follower)).equals(CONTENT), 'who follows verified content is not disturbed').toBe(
      true,
    )
    expect(await readdir(layout.ingests)).toEqual([])
    const again = await ingests.begin(DIGEST)
    expect(again.growth.writtenBytes).toBe(0)
    await again.abort(new Error('over'))
  })

  test('a second commit of one ingest is refused, and what is stored stays', async () => {
    const ingest = await verified()
    await storage.store.commit(ingest)
    await expect(storage.store.commit(ingest)).rejects.toThrow()
    expect(await walked()).toEqual([DIGEST])
  })
})

describe('what is taken out for people to look at', () => {
  const MIB = 1024 * 1024

  /** @param sizeBytes of a file with a hole in it, which takes no room */
  async function quarantine(name: string, sizeBytes: number): Promise<string> {
    const digest = digestOf(Buffer.from(name))
    const path = storage.layout.blob(digest)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '')
    await truncate(path, sizeBytes)
    await storage.store.quarantine(digest)
    const quarantined = storage.layout.quarantined(digest)
    // All that came before is older than what comes next.
    const past = new Date(Date.now() - 60_000)
    if (existsSync(quarantined)) await utimes(quarantined, past, past)
    return basename(quarantined)
  }

  test('is eight files at most', async () => {
    for (let count = 1; count <= 10; count += 1) await quarantine(`small ${count}`, 10)
    expect(await readdir(storage.layout.quarantine)).toHaveLength(8)
  })

  test('is 1 GiB at most, the newest of it', async () => {
    await quarantine('first', 700 * MIB)
    const second = await quarantine('second', 700 * MIB)
    expect(await readdir(storage.layout.quarantine)).toEqual([second])
    await quarantine('third', 1025 * MIB)
    expect(await readdir(storage.layout.quarantine)).toEqual([])
  })
})

import { existsSync } from 'node:fs'
import { symlink, truncate, unlink, utimes, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Leases } from '../../src/cache/leases.ts'
import { DEAD_INGEST_MS, Reconciler } from '../../src/cache/reconcile.ts'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { type OpenedDiskStorage, openDiskStorage } from '../store/open-storage.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

const NOTHING = {
  filesSeen: 0,
  rowsAdded: 0,
  rowsRemoved: 0,
  truncatedRemoved: 0,
  ingestsRemoved: 0,
  ingestsKept: 0,
}

let storage: OpenedDiskStorage
let catalog: SqliteCatalog
let clock: FakeClock
let log: RecordLog
let leases: Leases
let reconciler: Reconciler

beforeEach(async () => {
  storage = await openDiskStorage()
  catalog = new SqliteCatalog(':memory:')
  clock = new FakeClock(Date.now())
  log = new RecordLog()
  const { store, ingests } = storage
  leases = new Leases()
  reconciler = new Reconciler({ store, unfinished: ingests, blobs: catalog.blobs, leases, clock, log })
})

afterEach(async () => {
  await reconciler.stop()
  await catalog.close()
  await storage[Symbol.asyncDispose]()
})

/** A file in the store; its row is the test's business. */
async function putFile(text: string): Promise<{ digest: Digest; path: string; sizeBytes: number }> {
  const bytes = Buffer.from(text)
  const digest = digestOf(bytes)
  const ingest = await storage.ingests.begin(digest)
  await ingest.write(bytes)
  await ingest.verify()
  await storage.store.commit(ingest)
  await ingest.close()
  return { digest, path: storage.layout.blob(digest), sizeBytes: bytes.length }
}

async function putBlob(text: string): Promise<{ digest: Digest; path: string; sizeBytes: number }> {
  const file = await putFile(text)
  await catalog.blobs.put(file.digest, file.sizeBytes, clock.now())
  return file
}

/** A partial file that was last written to so long ago. */
async function leaveIngest(digest: Digest, agoMs: number): Promise<string> {
  const path = storage.layout.ingest(digest)
  await writeFile(path, 'partial')
  await age(path, agoMs)
  return path
}

async function age(path: string, agoMs: number): Promise<void> {
  const at = new Date(clock.now() - agoMs)
  await utimes(path, at, at)
}

async function waitUntil(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(setImmediate)
}

const A = digestOf(Buffer.from('a'))

test('an empty storage', async () => {
  expect(await reconciler.run()).toEqual(NOTHING)
})

test('what agrees stays', async () => {
  const { digest, path, sizeBytes } = await putBlob('hello')
  expect(await reconciler.run()).toEqual({ ...NOTHING, filesSeen: 1 })
  expect(await catalog.blobs.find(digest)).toMatchObject({ sizeBytes })
  expect(existsSync(path)).toBe(true)
})

test('a file without a row gets its row', async () => {
  const { digest, sizeBytes } = await putFile('hello')
  expect(await reconciler.run()).toEqual({ ...NOTHING, filesSeen: 1, rowsAdded: 1 })
  expect(await catalog.blobs.find(digest)).toMatchObject({ sizeBytes })
})

test('a row without a file goes', async () => {
  const { digest, path } = await putBlob('hello')
  await unlink(path)
  expect(await reconciler.run()).toEqual({ ...NOTHING, rowsRemoved: 1 })
  expect(await catalog.blobs.find(digest)).toBeUndefined()
})

test('a file that cannot be opened now keeps its row', async () => {
  const { digest, path } = await putBlob('hello')
  await unlink(path)
  await symlink(digest.slice(-64), path)
  await expect(reconciler.run()).rejects.toMatchObject({ code: 'ELOOP' })
  expect(await catalog.blobs.find(digest)).toBeDefined()
})

test.each([0, 3])('a file that was cut to %i bytes goes, with its row', async (sizeBytes) => {
  const { digest, path } = await putBlob('hello')
  await truncate(path, sizeBytes)
  expect(await reconciler.run()).toEqual({ ...NOTHING, filesSeen: 1, truncatedRemoved: 1 })
  expect(await catalog.blobs.find(digest)).toBeUndefined()
  expect(existsSync(path)).toBe(false)
})

describe('partial downloads', () => {
  test.each([
    ['a moment less than a week old', DEAD_INGEST_MS - 60_000, true],
    ['a week old', DEAD_INGEST_MS, false],
    ['from the future', -60_000, true],
  ])('%s', async (_, agoMs, kept) => {
    const path = await leaveIngest(A, agoMs)
    const want = kept ? { ingestsKept: 1 } : { ingestsRemoved: 1 }
    expect(await reconciler.run()).toEqual({ ...NOTHING, ...want })
    expect(existsSync(path)).toBe(kept)
  })

  test('one whose blob is here is resumed by nobody: it goes', async () => {
    const { digest } = await putFile('hello')
    const path = await leaveIngest(digest, 0)
    expect(await reconciler.run()).toEqual({ ...NOTHING, filesSeen: 1, rowsAdded: 1, ingestsRemoved: 1 })
    expect(existsSync(path)).toBe(false)
  })

  test('one that is going on is left alone, whatever its age', async () => {
    const bytes = Buffer.from('a')
    const path = await leaveIngest(A, 0)
    await unlink(path)
    const ingest = await storage.ingests.begin(A)
    await age(path, 2 * DEAD_INGEST_MS)
    expect(await reconciler.run()).toEqual(NOTHING)
    await ingest.write(bytes)
    await ingest.verify()
    await storage.store.commit(ingest)
    await ingest.close()
    expect(existsSync(storage.layout.blob(A))).toBe(true)
  })
})

describe('what changes while it walks', () => {
  test('a blob that is evicted and downloaded anew after its row was listed keeps its row', async () => {
    const { digest, path } = await putBlob('hello')
    await unlink(path)
    // Its download has the lease, and commits a moment later.
    const lease = await leases.acquire(digest)
    expect(await reconciler.run()).toEqual(NOTHING)
    lease.release()
    expect(await catalog.blobs.find(digest)).toBeDefined()
  })

  test('a cut file that is read is left to its reader, who has it fetched anew', async () => {
    const { digest, path } = await putBlob('hello')
    await truncate(path, 3)
    const lease = await leases.acquire(digest)
    expect(await reconciler.run()).toEqual({ ...NOTHING, filesSeen: 1 })
    lease.release()
    expect(existsSync(path)).toBe(true)
    expect(await reconciler.run()).toEqual({ ...NOTHING, filesSeen: 1, truncatedRemoved: 1 })
  })

  test('a file that is evicted meanwhile gets no row again', async () => {
    const { digest, path } = await putFile('hello')
    const removal = leases.remove(digest, () => unlink(path))
    expect(await reconciler.run()).toMatchObject({ rowsAdded: 0 })
    await removal
    expect(await catalog.blobs.find(digest)).toBeUndefined()
  })
})

test('(d8) (d12) everything at once, then nothing more', async () => {
  await putBlob('kept')
  await putFile('without row')
  const cut = await putBlob('cut')
  await truncate(cut.path, 1)
  const gone = await putBlob('gone')
  await unlink(gone.path)
  await leaveIngest(A, 2 * DEAD_INGEST_MS)
  await leaveIngest(digestOf(Buffer.from('b')), 0)
  expect(await reconciler.run()).toEqual({
    filesSeen: 3,
    rowsAdded: 1,
    rowsRemoved: 1,
    truncatedRemoved: 1,
    ingestsRemoved: 1,
    ingestsKept: 1,
  })
  expect(await reconciler.run()).toEqual({ ...NOTHING, filesSeen: 2, ingestsKept: 1 })
})

describe('in the background', () => {
  test('says what was done, once', async () => {
    await putFile('hello')
    reconciler.start()
    reconciler.start()
    await waitUntil(() => log.lines.length > 0)
    await reconciler.stop()
    expect(log.lines).toMatchObject([
      { level: 'info', fields: { event: 'storage.reconciled', filesSeen: 1, rowsAdded: 1 } },
    ])
  })

  test('says what kept it from being done', async () => {
    await putFile('hello')
    await catalog.close()
    reconciler.start()
    await waitUntil(() => log.lines.length > 0)
    expect(log.lines).toMatchObject([{ level: 'error', fields: { event: 'storage.reconcile_failed' } }])
  })

  test('rests on its way, and goes on', async () => {
    const digests = Array.from({ length: 450 }, (_, turn) => digestOf(Buffer.from(`row ${turn}`)))
    for (const digest of digests) await catalog.blobs.put(digest, 1, 0)
    reconciler.start()
    for (let rests = 0; rests < 2; rests += 1) {
      await waitUntil(() => clock.sleeperCount === 1)
      expect(log.lines).toEqual([])
      clock.advance(20)
    }
    await waitUntil(() => log.lines.length > 0)
    expect(log.lines).toMatchObject([{ fields: { event: 'storage.reconciled', rowsRemoved: 450 } }])
  })

  test('stops at once, silently, leaving nothing open', async () => {
    for (let turn = 0; turn < 210; turn += 1) await putFile(`file ${turn}`)
    reconciler.start()
    await waitUntil(() => clock.sleeperCount === 1)
    await reconciler.stop()
    expect(log.lines).toEqual([])
    expect(await catalog.blobs.list(undefined, 300)).toHaveLength(199)
  })

  test('stopped before it began, it does nothing', async () => {
    const { digest } = await putFile('hello')
    await reconciler.stop()
    reconciler.start()
    await reconciler.stop()
    expect(await catalog.blobs.find(digest)).toBeUndefined()
    expect(log.lines).toEqual([])
  })
})

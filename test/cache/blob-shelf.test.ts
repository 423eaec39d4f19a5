import { truncate, unlink } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BlobShelf } from '../../src/cache/blob-shelf.ts'
import { StorageHealth } from '../../src/cache/storage-health.ts'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import type { BlobStore } from '../../src/store/blob-store.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { type OpenedDiskStorage, openDiskStorage } from '../store/open-storage.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

/** Too large for memory. */
const BYTES = Buffer.alloc(300_000, 'x')
const DIGEST = digestOf(BYTES)

let storage: OpenedDiskStorage
let catalog: SqliteCatalog
let clock: FakeClock
let log: RecordLog

beforeEach(async () => {
  storage = await openDiskStorage()
  catalog = new SqliteCatalog(':memory:')
  clock = new FakeClock()
  log = new RecordLog()
  await putBlob()
})

afterEach(async () => {
  await catalog.close()
  await storage[Symbol.asyncDispose]()
})

function shelfOn(store: BlobStore): BlobShelf {
  return new BlobShelf({ store, blobs: catalog.blobs, health: new StorageHealth(clock, log), clock, log })
}

/** As a download does. */
async function putBlob(): Promise<void> {
  const ingest = await storage.ingests.begin(DIGEST)
  await ingest.write(BYTES)
  await ingest.verify()
  await storage.store.commit(ingest)
  await ingest.close()
  await catalog.blobs.put(DIGEST, BYTES.length, clock.now())
}

function damage(kind: 'cut' | 'gone'): Promise<void> {
  const path = storage.layout.blob(DIGEST)
  return kind === 'gone' ? unlink(path) : truncate(path, 1000)
}

async function sizeOf(shelf: BlobShelf): Promise<number | undefined> {
  await using blob = await shelf.open(DIGEST)
  return blob?.sizeBytes
}

/** The disk's store, of which one thing goes another way. */
function storeWith(change: Partial<BlobStore>): BlobStore {
  const { store } = storage
  return {
    open: (digest) => store.open(digest),
    commit: (ingest) => store.commit(ingest),
    delete: (digest) => store.delete(digest),
    quarantine: (digest) => store.quarantine(digest),
    walk: () => store.walk(),
    ...change,
  }
}

describe.each(['cut', 'gone'] as const)('(d12) a blob whose file is %s', (kind) => {
  test('is no blob, and neither file nor row stays', async () => {
    await damage(kind)
    const shelf = shelfOn(storage.store)
    expect(await sizeOf(shelf)).toBe(undefined)
    expect(await shelf.has(DIGEST)).toBe(false)
    expect(await shelf.findSize(DIGEST)).toBe(undefined)
    await expect(storage.store.open(DIGEST)).rejects.toMatchObject({ code: 'blob-not-found' })
    expect(log.of('blob.lost')).toHaveLength(1)
  })

  test('is fetched again once, although a second reader found it wrong before that', async () => {
    await damage(kind)
    const found: Digest[] = []
    let goOn: () => void = () => {}
    const refetched = new Promise<void>((resolve) => {
      goOn = resolve
    })
    // The second of the two who look is held up between its look and what it does about it.
    const slow = storeWith({
      open: async (digest) => {
        const turn = found.push(digest)
        try {
          return await storage.store.open(digest)
        } finally {
          if (turn === 2) await refetched
        }
      },
    })
    const shelf = shelfOn(slow)
    const first = sizeOf(shelf)
    const second = sizeOf(shelf)
    expect(await first).toBe(undefined)
    await putBlob()
    goOn()
    await second
    expect(await sizeOf(shelf)).toBe(BYTES.length)
  })
})

test('(d9) a blob that the disk does not give now stays, and is fetched beside it until it does', async () => {
  let isFailing = true
  const failing = storeWith({
    open: async (digest) => {
      if (isFailing) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
      return storage.store.open(digest)
    },
  })
  const shelf = shelfOn(failing)
  expect(await shelf.has(DIGEST)).toBe(true)
  expect(await sizeOf(shelf)).toBe(undefined)
  expect(await shelf.has(DIGEST)).toBe(false)
  isFailing = false
  expect(await sizeOf(shelf)).toBe(BYTES.length)
  expect(await shelf.has(DIGEST)).toBe(true)
})

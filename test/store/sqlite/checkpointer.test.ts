import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { digestOf } from '../../../src/oci/digest.ts'
import { OCI_MANIFEST } from '../../../src/oci/media-types.ts'
import { parseRepository, type Tag } from '../../../src/oci/reference.ts'
import { Checkpointer } from '../../../src/store/sqlite/checkpointer.ts'
import { openDatabase } from '../../../src/store/sqlite/open-database.ts'
import { SqliteCatalog } from '../../../src/store/sqlite/sqlite-catalog.ts'
import { CAN_LIST_DESCRIPTORS, openBelow } from '../../support/open-descriptors.ts'
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts'

const MIB = 1024 * 1024
const PAGE_BYTES = 4096

/** Above this much, what was written ahead is taken over. */
const LOG_BYTES = 16 * MIB

let dir: TempDir
let path: string

beforeEach(async () => {
  dir = await makeTempDir()
  path = join(dir.path, 'catalog.db')
})

afterEach(async () => {
  const left = CAN_LIST_DESCRIPTORS ? openBelow(dir.path) : []
  await dir[Symbol.asyncDispose]()
  expect(left).toEqual([])
})

function logPages(): number {
  const database = new Database(path)
  const [{ log }] = database.pragma('wal_checkpoint(NOOP)') as [{ log: number }]
  database.close()
  return log
}

async function putManifest(catalog: SqliteCatalog, sizeBytes = MIB): Promise<void> {
  const bytes = randomBytes(sizeBytes)
  await catalog.manifests.put({ digest: digestOf(bytes), mediaType: OCI_MANIFEST, bytes }, [], 1)
}

test('what was written ahead is taken over, and the log begins anew', async () => {
  const catalog = new SqliteCatalog(path)
  for (let mib = 0; mib < 20; mib++) await putManifest(catalog)
  expect(logPages()).toBeGreaterThan(LOG_BYTES / PAGE_BYTES)
  await catalog.space.settle()
  expect(logPages()).toBeLessThan(10)
  expect((await stat(path)).size).toBeGreaterThan(20 * MIB)
  await catalog.close()
})

test('the log of somebody who writes much does not grow beyond its bound', async () => {
  const catalog = new SqliteCatalog(path)
  for (let mib = 0; mib < 60; mib++) {
    await putManifest(catalog)
    await catalog.space.settle()
  }
  expect((await stat(`${path}-wal`)).size).toBeLessThan(LOG_BYTES + 2 * MIB)
  await catalog.close()
})

test('little is left where it is: nothing is started for it', async () => {
  const catalog = new SqliteCatalog(path)
  await putManifest(catalog)
  const before = logPages()
  await catalog.space.settle()
  expect(logPages()).toBe(before)
  await catalog.close()
})

test('others read and write while it is done', async () => {
  const catalog = new SqliteCatalog(path)
  const tag = { upstream: 'docker.io', repository: parseRepository('library/a'), tag: '1' as Tag }
  const pointer = { digest: digestOf(Buffer.from('a')), checkedAt: 1, missingSince: undefined }
  for (let mib = 0; mib < 20; mib++) await putManifest(catalog)
  let isDone = false
  const settled = catalog.space.settle().then(() => {
    isDone = true
  })
  let turns = 0
  while (!isDone || turns < 100) {
    expect(await catalog.tags.move(tag, undefined, pointer)).toBe(true)
    // It reads before it writes: what was read must not have changed when it writes.
    expect(await catalog.images.delete('docker.io/library/a:1', 1)).toMatchObject({ reference: { tag: '1' } })
    turns += 1
    await new Promise(setImmediate)
  }
  await settled
  await catalog.close()
})

test('a catalog that is closed in the middle of it has everything', async () => {
  const catalog = new SqliteCatalog(path)
  for (let mib = 0; mib < 20; mib++) await putManifest(catalog)
  const settled = catalog.space.settle()
  await catalog.close()
  await settled
  const again = new SqliteCatalog(path)
  expect(await again.space.usedBytes()).toBe(20 * MIB)
  await again.close()
})

test('when it cannot be done nobody is held up, and the log is bounded all the same', async () => {
  const database = openDatabase(path)
  const checkpointer = new Checkpointer(database, join(dir.path, 'nowhere', 'catalog.db'))
  const insert = database.prepare('INSERT INTO manifest VALUES (?, ?, ?, 1)')
  for (let mib = 0; mib < 140; mib++) {
    insert.run(String(mib), 'text/plain', randomBytes(MIB))
    await checkpointer.settle()
  }
  expect((await stat(`${path}-wal`)).size).toBeLessThan(70 * MIB)
  await checkpointer.close()
  database.close()
})

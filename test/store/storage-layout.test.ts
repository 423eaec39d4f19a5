import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseDigest } from '../../src/oci/digest.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const SHA256 = `ab${'01'.repeat(31)}`
const SHA512 = `cd${'23'.repeat(63)}`
const LAYOUT = new StorageLayout(join('/', 'data'))

const cases: [digest: string, blob: string, ingest: string][] = [
  [`sha256:${SHA256}`, `/data/v1/blobs/sha256/ab/${SHA256}`, `/data/v1/ingest/sha256-${SHA256}`],
  [`sha512:${SHA512}`, `/data/v1/blobs/sha512/cd/${SHA512}`, `/data/v1/ingest/sha512-${SHA512}`],
]
test.each(cases)('%s has its place', (text, blob, ingest) => {
  const digest = parseDigest(text)
  expect(LAYOUT.blob(digest)).toBe(blob)
  expect(LAYOUT.ingest(digest)).toBe(ingest)
  expect(join(LAYOUT.blobFolder(digest), text.slice(7))).toBe(blob)
})

test('other files have fixed places', () => {
  const { root, catalog, lock, owner } = LAYOUT
  expect([root, catalog, lock, owner]).toEqual([
    '/data',
    '/data/catalog.db',
    '/data/lock.db',
    '/data/server.json',
  ])
})

test('create makes the folders, also when they are there', async () => {
  await using dir = await makeTempDir()
  const layout = new StorageLayout(join(dir.path, 'deep', 'storage'))
  await layout.create()
  await layout.create()
  for (const folder of [layout.blobs, layout.ingests]) expect((await stat(folder)).isDirectory()).toBe(true)
})

test('a storage is where a catalog is', async () => {
  await using dir = await makeTempDir()
  const layout = new StorageLayout(dir.path)
  await layout.create()
  await expect(layout.mustExist()).rejects.toMatchObject({ code: 'storage-missing' })
  await writeFile(layout.catalog, '')
  await layout.mustExist()
})

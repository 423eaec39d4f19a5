import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestOf } from '../../../src/oci/digest.ts'
import { SqliteCatalog } from '../../../src/store/sqlite/sqlite-catalog.ts'
import { accessContract } from '../../contract/access.contract.ts'
import { catalogContract } from '../../contract/catalog.contract.ts'
import { imagesContract } from '../../contract/images.contract.ts'
import { CAN_LIST_DESCRIPTORS, openBelow } from '../../support/open-descriptors.ts'
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts'

let dir: TempDir
let opened = 0

beforeAll(async () => {
  dir = await makeTempDir()
})

afterAll(() => dir[Symbol.asyncDispose]())

function newPath(): string {
  opened += 1
  return join(dir.path, `catalog-${opened}.db`)
}

catalogContract('SqliteCatalog on disk', async () => new SqliteCatalog(newPath()))
catalogContract('SqliteCatalog in memory', async () => new SqliteCatalog(':memory:'))
imagesContract('SqliteCatalog on disk', async () => new SqliteCatalog(newPath()))
accessContract('SqliteCatalog on disk', async () => new SqliteCatalog(newPath()))

const DIGEST = digestOf(Buffer.from('a'))

test('what was written is there after it is opened again', async () => {
  const path = newPath()
  const first = new SqliteCatalog(path)
  await first.blobs.put(DIGEST, 5, 1)
  await first.close()
  const second = new SqliteCatalog(path)
  expect(await second.blobs.find(DIGEST)).toMatchObject({ sizeBytes: 5 })
  await second.close()
})

test('somebody who reads the file meanwhile stops nobody', async () => {
  const path = newPath()
  const catalog = new SqliteCatalog(path)
  await catalog.blobs.put(DIGEST, 5, 1)
  const backup = new SqliteCatalog(path)
  expect(await backup.blobs.find(DIGEST)).toMatchObject({ sizeBytes: 5 })
  await catalog.blobs.put(DIGEST, 6, 1)
  expect(await backup.blobs.find(DIGEST)).toMatchObject({ sizeBytes: 6 })
  await backup.close()
  await catalog.close()
  if (CAN_LIST_DESCRIPTORS) expect(openBelow(path)).toEqual([])
})

import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { type Digest, digestOf } from '../../../src/oci/digest.ts'
import { MIGRATIONS } from '../../../src/store/sqlite/migrations.ts'
import { SqliteCatalog } from '../../../src/store/sqlite/sqlite-catalog.ts'
import { makeTempDir } from '../../support/temp-dir.ts'

const TAGGED = Buffer.from('tagged')
const PULLED = Buffer.from('pulled by its digest')
const LEFT = Buffer.from('led to by nothing')
const LAYER = digestOf(Buffer.from('layer'))
const STRAY = digestOf(Buffer.from('stray'))

/** A catalog as the first version left it. */
function fillFirstVersion(path: string): void {
  const database = new Database(path)
  database.exec(MIGRATIONS[0] ?? '')
  database.pragma('user_version = 1')
  const manifest = database.prepare("INSERT INTO manifest VALUES (?, 'application/json', ?)")
  for (const bytes of [TAGGED, PULLED, LEFT]) manifest.run(digestOf(bytes), bytes)
  database.prepare("INSERT INTO manifest_reference VALUES (?, ?, 'layer', 500)").run(digestOf(TAGGED), LAYER)
  const blob = database.prepare('INSERT INTO blob VALUES (?, ?, ?)')
  blob.run(LAYER, 500, 1)
  blob.run(STRAY, 70, 9)
  database
    .prepare("INSERT INTO tag VALUES ('docker.io', 'library/app', 'latest', ?, 5, NULL)")
    .run(digestOf(TAGGED))
  const proof = database.prepare("INSERT INTO proof VALUES ('public', 'docker.io', 'library/app', ?, ?)")
  proof.run(digestOf(TAGGED), 4)
  proof.run(digestOf(PULLED), 7)
  database.close()
}

test('a filled catalog of the first version: its images, what none needs, and its bytes are known', async () => {
  await using dir = await makeTempDir()
  const path = join(dir.path, 'catalog.db')
  fillFirstVersion(path)
  const catalog = new SqliteCatalog(path)
  const images = await catalog.images.list(undefined, 10)
  expect(images.map(({ name, lastPulledAt, pinned }) => [name, lastPulledAt, pinned])).toEqual([
    ['docker.io/library/app:latest', 5, false],
    [`docker.io/library/app@${digestOf(PULLED)}`, 7, false],
  ])
  expect(await catalog.images.listVersions('docker.io/library/app:latest')).toEqual([
    { digest: digestOf(TAGGED), since: 5 },
  ])
  const unneeded = await catalog.space.listUnneeded(undefined, 10)
  expect(unneeded.map(({ kind, digest }) => [kind, digest])).toEqual<[string, Digest][]>([
    ['manifest', digestOf(LEFT)],
    ['blob', STRAY],
  ])
  expect(await catalog.space.usedBytes()).toBe(TAGGED.length + PULLED.length + LEFT.length + 500 + 70)
  await catalog.close()

  // Once: opened again, everything is as it was.
  const again = new SqliteCatalog(path)
  expect(await again.images.list(undefined, 10)).toEqual(images)
  await again.close()
})

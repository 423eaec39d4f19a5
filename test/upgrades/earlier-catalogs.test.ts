import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { MIGRATIONS } from '../../src/store/sqlite/migrations.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { CliProcess } from '../cli/cli-process.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { earlierFormats, schemaOf, writeEarlierCatalog } from './earlier-catalog.ts'

const MANIFEST = Buffer.from('{"schemaVersion":2}')
const IMAGE = 'docker.io/library/app:1'

test('there is a catalog of every format, the newest too', () => {
  expect(earlierFormats()).toEqual(MIGRATIONS.map((_, index) => index + 1))
})

test.each(earlierFormats())(
  'a catalog of format %i is brought to that of today, with its image',
  async (format) => {
    await using dir = await makeTempDir()
    const path = join(dir.path, 'catalog.db')
    writeEarlierCatalog(path, format)
    const catalog = new SqliteCatalog(path)
    expect((await catalog.images.list(undefined, 10)).map(({ name }) => name)).toEqual([IMAGE])
    expect((await catalog.manifests.find(digestOf(MANIFEST)))?.bytes).toEqual(MANIFEST)
    expect(await catalog.space.usedBytes()).toBe(MANIFEST.length + 500)
    expect(await catalog.space.listUnneeded(undefined, 10)).toEqual([])
    await catalog.close()

    // Whoever changes a step that was released has two formats of one number.
    const fresh = join(dir.path, 'fresh.db')
    await new SqliteCatalog(fresh).close()
    expect(schemaOf(path)).toEqual(schemaOf(fresh))
  },
)

test('the storage of a newer version is refused by the program, with what to do', async () => {
  await using dir = await makeTempDir()
  const path = join(dir.path, 'catalog.db')
  await new SqliteCatalog(path).close()
  const database = new Database(path)
  database.pragma(`user_version = ${MIGRATIONS.length + 1}`)
  database.close()
  const command = new CliProcess()
  expect(await command.run(['cache', 'list', '--storage', dir.path], { cwd: dir.path })).not.toBe(0)
  expect(command.err).toContain(`has format ${MIGRATIONS.length + 1}`)
  expect(command.out).toBe('')
})

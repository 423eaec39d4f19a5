import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { DurableWrites } from '../../src/store/sqlite/durable-writes.ts'
import { openDatabase } from '../../src/store/sqlite/open-database.ts'
import { makeTempDir } from '../support/temp-dir.ts'

test('many writes at once are all there when each of them is done, also in a database that has no file', async () => {
  await using dir = await makeTempDir()
  for (const path of [join(dir.path, 'catalog.db'), ':memory:']) {
    const database = openDatabase(path)
    database.exec('CREATE TABLE written (number INTEGER PRIMARY KEY)')
    const writes = new DurableWrites(database)
    const add = database.prepare('INSERT INTO written VALUES (?)')
    const numbers = Array.from({ length: 50 }, (_, number) => number)
    await Promise.all(numbers.map((number) => writes.run(() => add.run(number))))
    expect(database.prepare('SELECT number FROM written ORDER BY number').pluck().all()).toEqual(numbers)
    database.close()
  }
})

test('a write that fails changes nothing, and the next one goes on', async () => {
  await using dir = await makeTempDir()
  const path = join(dir.path, 'catalog.db')
  const database = openDatabase(path)
  database.exec('CREATE TABLE written (number INTEGER PRIMARY KEY)')
  const writes = new DurableWrites(database)
  const add = database.prepare('INSERT INTO written VALUES (?)')
  await writes.run(() => add.run(1))
  const twice = writes.run(() => {
    add.run(2)
    add.run(1)
  })
  await expect(twice).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' })
  await writes.run(() => add.run(3))
  const other = new Database(path, { readonly: true })
  expect(other.prepare('SELECT number FROM written ORDER BY number').pluck().all()).toEqual([1, 3])
  other.close()
  database.close()
})

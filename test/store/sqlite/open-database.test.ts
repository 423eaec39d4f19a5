import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CatalogTooNew } from '../../../src/store/errors.ts'
import { MIGRATIONS } from '../../../src/store/sqlite/migrations.ts'
import { openDatabase } from '../../../src/store/sqlite/open-database.ts'
import { CAN_LIST_DESCRIPTORS, openBelow } from '../../support/open-descriptors.ts'
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts'

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

function pragma(name: string): unknown {
  const database = openDatabase(path)
  try {
    return database.pragma(name, { simple: true })
  } finally {
    database.close()
  }
}

test('a new catalog takes every step, and writes ahead', () => {
  expect(pragma('user_version')).toBe(MIGRATIONS.length)
  expect(pragma('journal_mode')).toBe('wal')
})

test('opening it again takes no step again', () => {
  openDatabase(path).close()
  expect(pragma('user_version')).toBe(MIGRATIONS.length)
})

describe('what cannot be opened', () => {
  test('a catalog of a newer version is refused, and says which versions', () => {
    openDatabase(path).close()
    const newer = new Database(path)
    newer.pragma(`user_version = ${MIGRATIONS.length + 1}`)
    newer.close()
    expect(() => openDatabase(path)).toThrow(CatalogTooNew)
    expect(() => openDatabase(path)).toThrow(
      `has format ${MIGRATIONS.length + 1}, this version knows formats up to ${MIGRATIONS.length}`,
    )
    expect(() => openDatabase(path)).toThrow(path)
  })

  test('what is no database', async () => {
    await writeFile(path, 'a file of something else, longer than the head of a database'.repeat(100))
    expect(() => openDatabase(path)).toThrow(expect.objectContaining({ code: 'SQLITE_NOTADB' }))
  })

  test('a folder', () => {
    expect(() => openDatabase(dir.path)).toThrow(expect.objectContaining({ code: 'SQLITE_CANTOPEN' }))
  })
})

test('a step that fails leaves nothing half done', () => {
  const older = new Database(path)
  older.exec('CREATE TABLE proof (something TEXT)')
  older.close()
  expect(() => openDatabase(path)).toThrow('already exists')
  const after = new Database(path)
  expect(after.pragma('user_version', { simple: true })).toBe(0)
  expect(after.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['proof'])
  after.close()
})

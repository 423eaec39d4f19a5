import Database from 'better-sqlite3'
import type { CatalogMode } from '../catalog.ts'
import { CatalogTooNew } from '../errors.ts'
import { MIGRATIONS } from './migrations.ts'

/** How long a statement waits for another process that reads the same catalog (a backup, `sqlite3`). */
const BUSY_TIMEOUT_MS = 5_000

/**
 * Opens the catalog's database and brings it to the current format.
 * @throws CatalogTooNew
 */
export function openDatabase(path: string, mode: CatalogMode = 'shared'): Database.Database {
  const database = new Database(mode === 'empty' ? ':memory:' : path, { timeout: BUSY_TIMEOUT_MS })
  try {
    // Before the first access, so that the index of the log is in memory and not in a file.
    if (mode === 'alone') database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    // With WAL a crash of the process loses nothing; a power failure may lose the last transactions, never
    // the order of them. What they said can be asked of the upstream again.
    database.pragma('synchronous = NORMAL')
    migrate(database, path)
    if (mode === 'empty') database.pragma('query_only = ON')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function migrate(database: Database.Database, path: string): void {
  const version = database.pragma('user_version', { simple: true }) as number
  if (version > MIGRATIONS.length) throw new CatalogTooNew(path, version, MIGRATIONS.length)
  const step = database.transaction((sql: string, next: number) => {
    database.exec(sql)
    database.pragma(`user_version = ${next}`)
  })
  for (const [index, sql] of MIGRATIONS.entries()) if (index >= version) step(sql, index + 1)
}

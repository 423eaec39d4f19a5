import type { Database } from 'better-sqlite3'

/**
 * Runs a transaction that a power failure does not undo. What the catalog knows of content can be asked again;
 * who was shut out, and which secrets were given away, cannot.
 */
export function durably<T>(database: Database, work: () => T): T {
  database.pragma('synchronous = FULL')
  try {
    return database.transaction(work).immediate()
  } finally {
    database.pragma('synchronous = NORMAL')
  }
}

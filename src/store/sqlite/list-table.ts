import type { Database, Statement, Transaction } from 'better-sqlite3'
import type { ListCatalog, ListKey, ListRoom, StoredList } from '../list-catalog.ts'

/** A list of tags is a few KB for most images, some MB for a few. */
const ROOM: ListRoom = { maxLists: 10_000, maxBytes: 64 * 1024 * 1024 }

type KeyColumns = [scope: string, upstream: string, repository: string, subject: string]

export class ListTable implements ListCatalog {
  readonly #find: Statement<KeyColumns, StoredList>
  readonly #delete: Statement<KeyColumns>
  readonly #put: Transaction<(key: ListKey, list: StoredList) => void>

  constructor(database: Database, room: ListRoom = ROOM) {
    const where = 'WHERE scope = ? AND upstream = ? AND repository = ? AND subject = ?'
    this.#find = database.prepare(`SELECT body, checked_at AS checkedAt FROM list ${where}`)
    this.#delete = database.prepare(`DELETE FROM list ${where}`)
    const put = database.prepare<[...KeyColumns, string, number, number]>(`
      INSERT INTO list (scope, upstream, repository, subject, body, size_bytes, checked_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (scope, upstream, repository, subject) DO UPDATE
      SET body = excluded.body, size_bytes = excluded.size_bytes, checked_at = excluded.checked_at`)
    // The newest ones that fit stay; the sum runs from the newest on.
    const trim = database.prepare<[number, number]>(`
      DELETE FROM list WHERE id IN (
        SELECT id FROM (
          SELECT id, row_number() OVER newest AS place, sum(size_bytes) OVER newest AS bytes
          FROM list WINDOW newest AS (ORDER BY checked_at DESC, id DESC ROWS UNBOUNDED PRECEDING)
        ) WHERE place > ? OR bytes > ?)`)
    this.#put = database.transaction((key, { body, checkedAt }) => {
      put.run(...columns(key), body, Buffer.byteLength(body), checkedAt)
      trim.run(room.maxLists, room.maxBytes)
    })
  }

  async find(key: ListKey): Promise<StoredList | undefined> {
    return this.#find.get(...columns(key))
  }

  async put(key: ListKey, list: StoredList): Promise<void> {
    this.#put(key, list)
  }

  async delete(key: ListKey): Promise<void> {
    this.#delete.run(...columns(key))
  }
}

function columns({ scope, upstream, repository, subject }: ListKey): KeyColumns {
  return [scope, upstream, repository, subject]
}

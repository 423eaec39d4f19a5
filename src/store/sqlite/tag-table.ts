import type { Database, Statement } from 'better-sqlite3'
import type { Digest } from '../../oci/digest.ts'
import type { TagCatalog, TagKey, TagPointer } from '../catalog.ts'

interface TagRow {
  readonly digest: Digest
  readonly checked_at: number
  readonly missing_since: number | null
}

type KeyColumns = [upstream: string, repository: string, tag: string]
type PointerColumns = [digest: Digest, checkedAt: number, missingSince: number | null]

export class TagTable implements TagCatalog {
  readonly #find: Statement<KeyColumns, TagRow>
  readonly #insert: Statement<[...KeyColumns, ...PointerColumns]>
  readonly #update: Statement<[...PointerColumns, ...KeyColumns, Digest]>
  readonly #delete: Statement<[...KeyColumns, Digest]>

  constructor(database: Database) {
    const where = 'WHERE upstream = ? AND repository = ? AND tag = ?'
    this.#find = database.prepare(`SELECT digest, checked_at, missing_since FROM tag ${where}`)
    this.#insert = database.prepare(
      `INSERT INTO tag (upstream, repository, tag, digest, checked_at, missing_since)
       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (upstream, repository, tag) DO NOTHING`,
    )
    this.#update = database.prepare(
      `UPDATE tag SET digest = ?, checked_at = ?, missing_since = ? ${where} AND digest = ?`,
    )
    this.#delete = database.prepare(`DELETE FROM tag ${where} AND digest = ?`)
  }

  async find(key: TagKey): Promise<TagPointer | undefined> {
    const row = this.#find.get(...columns(key))
    return (
      row && { digest: row.digest, checkedAt: row.checked_at, missingSince: row.missing_since ?? undefined }
    )
  }

  async move(key: TagKey, expected: Digest | undefined, next: TagPointer): Promise<boolean> {
    const pointer: PointerColumns = [next.digest, next.checkedAt, next.missingSince ?? null]
    const { changes } =
      expected === undefined
        ? this.#insert.run(...columns(key), ...pointer)
        : this.#update.run(...pointer, ...columns(key), expected)
    return changes === 1
  }

  async delete(key: TagKey, expected: Digest): Promise<boolean> {
    return this.#delete.run(...columns(key), expected).changes === 1
  }
}

function columns(key: TagKey): KeyColumns {
  return [key.upstream, key.repository, key.tag]
}

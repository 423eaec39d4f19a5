import type { Database, Statement } from 'better-sqlite3'
import type { ProofCatalog, ProofKey } from '../catalog.ts'

type KeyColumns = [scope: string, upstream: string, repository: string, digest: string]

export class ProofTable implements ProofCatalog {
  readonly #find: Statement<KeyColumns, { readonly proved_at: number }>
  readonly #put: Statement<[...KeyColumns, number]>
  readonly #delete: Statement<KeyColumns>
  readonly #listSources: Statement<[string], ProofKey>

  constructor(database: Database) {
    const where = 'WHERE scope = ? AND upstream = ? AND repository = ? AND digest = ?'
    this.#find = database.prepare(`SELECT proved_at FROM proof ${where}`)
    this.#put = database.prepare(
      'INSERT OR REPLACE INTO proof (scope, upstream, repository, digest, proved_at) VALUES (?, ?, ?, ?, ?)',
    )
    this.#delete = database.prepare(`DELETE FROM proof ${where}`)
    this.#listSources = database.prepare(
      'SELECT scope, upstream, repository, digest FROM proof WHERE digest = ?',
    )
  }

  async find(key: ProofKey): Promise<number | undefined> {
    return this.#find.get(...columns(key))?.proved_at
  }

  async put(key: ProofKey, provedAt: number): Promise<void> {
    this.#put.run(...columns(key), provedAt)
  }

  async listSources(digest: ProofKey['digest']): Promise<readonly ProofKey[]> {
    return this.#listSources.all(digest)
  }

  async delete(key: ProofKey): Promise<void> {
    this.#delete.run(...columns(key))
  }
}

function columns(key: ProofKey): KeyColumns {
  return [key.scope, key.upstream, key.repository, key.digest]
}

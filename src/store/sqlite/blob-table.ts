import type { Database, Statement } from 'better-sqlite3'
import type { Digest } from '../../oci/digest.ts'
import type { BlobCatalog } from '../catalog.ts'

interface BlobRow {
  readonly digest: Digest
  readonly sizeBytes: number
}

export class BlobTable implements BlobCatalog {
  readonly #find: Statement<[Digest], BlobRow>
  readonly #put: Statement<[Digest, number, number]>
  readonly #delete: Statement<[Digest]>
  readonly #list: Statement<[string, number], BlobRow>

  constructor(database: Database) {
    this.#find = database.prepare('SELECT digest, size_bytes AS sizeBytes FROM blob WHERE digest = ?')
    this.#put = database.prepare(
      `INSERT INTO blob (digest, size_bytes, committed_at) VALUES (?, ?, ?)
       ON CONFLICT (digest) DO UPDATE SET size_bytes = excluded.size_bytes, committed_at = excluded.committed_at`,
    )
    this.#delete = database.prepare('DELETE FROM blob WHERE digest = ?')
    this.#list = database.prepare(
      'SELECT digest, size_bytes AS sizeBytes FROM blob WHERE digest > ? ORDER BY digest LIMIT ?',
    )
  }

  async find(digest: Digest): Promise<{ readonly sizeBytes: number } | undefined> {
    return this.#find.get(digest)
  }

  async put(digest: Digest, sizeBytes: number, committedAt: number): Promise<void> {
    this.#put.run(digest, sizeBytes, committedAt)
  }

  async delete(digest: Digest): Promise<void> {
    this.#delete.run(digest)
  }

  async list(after: Digest | undefined, limit: number): Promise<readonly BlobRow[]> {
    return this.#list.all(after ?? '', limit)
  }
}

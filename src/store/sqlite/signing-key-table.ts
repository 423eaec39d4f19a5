import type { Database, Statement } from 'better-sqlite3'
import type { SigningKeyCatalog, StoredSigningKey } from '../access-catalog.ts'
import type { DurableWrites } from './durable-writes.ts'

interface SigningKeyRow {
  readonly id: string
  readonly jwk: string
  readonly created_at: number
  readonly retired_at: number | null
}

export class SigningKeyTable implements SigningKeyCatalog {
  readonly #writes: DurableWrites
  readonly #list: Statement<[], SigningKeyRow>
  readonly #retire: Statement<[number]>
  readonly #add: Statement<[SigningKeyRow]>
  readonly #delete: Statement<[string]>

  constructor(database: Database, writes: DurableWrites) {
    this.#writes = writes
    this.#list = database.prepare('SELECT * FROM signing_key ORDER BY created_at DESC, id')
    this.#retire = database.prepare('UPDATE signing_key SET retired_at = ? WHERE retired_at IS NULL')
    this.#add = database.prepare('INSERT INTO signing_key VALUES (@id, @jwk, @created_at, @retired_at)')
    this.#delete = database.prepare('DELETE FROM signing_key WHERE id = ?')
  }

  async list(): Promise<readonly StoredSigningKey[]> {
    return this.#list.all().map((row) => ({
      id: row.id,
      jwk: row.jwk,
      createdAt: row.created_at,
      retiredAt: row.retired_at ?? undefined,
    }))
  }

  async add({ id, jwk, createdAt, retiredAt }: StoredSigningKey): Promise<void> {
    await this.#writes.run(() => {
      this.#retire.run(createdAt)
      this.#add.run({ id, jwk, created_at: createdAt, retired_at: retiredAt ?? null })
    })
  }

  async delete(id: string): Promise<void> {
    await this.#writes.run(() => this.#delete.run(id))
  }
}

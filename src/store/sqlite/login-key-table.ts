import type { Database, Statement } from 'better-sqlite3'
import type { LoginKeyCatalog } from '../access-catalog.ts'
import type { DurableWrites } from './durable-writes.ts'

export class LoginKeyTable implements LoginKeyCatalog {
  readonly #writes: DurableWrites
  readonly #find: Statement<[], { readonly key: Buffer }>
  readonly #add: Statement<[Buffer]>

  constructor(database: Database, writes: DurableWrites) {
    this.#writes = writes
    this.#find = database.prepare('SELECT key FROM login_key')
    this.#add = database.prepare('INSERT OR IGNORE INTO login_key (id, key) VALUES (1, ?)')
  }

  async loadOr(fresh: Buffer): Promise<Buffer> {
    const known = this.#find.get()
    if (known !== undefined) return known.key
    await this.#writes.run(() => this.#add.run(fresh))
    return this.#find.get()?.key ?? fresh
  }
}

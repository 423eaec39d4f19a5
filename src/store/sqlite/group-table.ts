import type { Database, Statement } from 'better-sqlite3'
import type { GroupPath } from '../../oci/group-path.ts'
import type { GroupCatalog, StoredGroup } from '../access-catalog.ts'
import type { DurableWrites } from './durable-writes.ts'

interface GroupRow {
  readonly path: GroupPath
  readonly repositories: string | null
  readonly anonymous_networks: string | null
  readonly created_at: number
}

export class GroupTable implements GroupCatalog {
  readonly #writes: DurableWrites
  readonly #add: Statement<[GroupRow]>
  readonly #list: Statement<[], GroupRow>
  readonly #delete: Statement<[string]>

  constructor(database: Database, writes: DurableWrites) {
    this.#writes = writes
    this.#add = database.prepare(
      `INSERT INTO declared_group VALUES (@path, @repositories, @anonymous_networks, @created_at)
       ON CONFLICT DO NOTHING`,
    )
    this.#list = database.prepare('SELECT * FROM declared_group ORDER BY path')
    this.#delete = database.prepare('DELETE FROM declared_group WHERE path = ?')
  }

  async add({ path, repositories, anonymousNetworks, createdAt }: StoredGroup): Promise<boolean> {
    const row = {
      path,
      repositories: toJson(repositories),
      anonymous_networks: toJson(anonymousNetworks),
      created_at: createdAt,
    }
    const { changes } = await this.#writes.run(() => this.#add.run(row))
    return changes > 0
  }

  async list(): Promise<readonly StoredGroup[]> {
    return this.#list.all().map((row) => ({
      path: row.path,
      repositories: fromJson(row.repositories),
      anonymousNetworks: fromJson(row.anonymous_networks),
      createdAt: row.created_at,
    }))
  }

  async delete(path: GroupPath): Promise<boolean> {
    const { changes } = await this.#writes.run(() => this.#delete.run(path))
    return changes > 0
  }
}

function toJson(list: readonly string[] | undefined): string | null {
  return list === undefined ? null : JSON.stringify(list)
}

function fromJson(text: string | null): readonly string[] | undefined {
  return text === null ? undefined : (JSON.parse(text) as string[])
}

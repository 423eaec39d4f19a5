import type { Database, Statement } from 'better-sqlite3'
import type { GroupPath } from '../../oci/group-path.ts'
import type { CredentialCatalog, StoredCredential } from '../access-catalog.ts'
import type { DurableWrites } from './durable-writes.ts'

interface CredentialRow {
  readonly id: string
  readonly kind: StoredCredential['kind']
  readonly name: string
  readonly role: StoredCredential['role']
  readonly groups: string
  readonly repositories: string
  readonly created_at: number
  readonly expires_at: number | null
  readonly revoked_at: number | null
  readonly minted_by: string | null
  readonly secret_hash: Buffer
}

/** As the index has it. */
const ENDED_AT = 'min(ifnull(expires_at, 9e15), ifnull(revoked_at, 9e15))'

export class CredentialTable implements CredentialCatalog {
  readonly #writes: DurableWrites
  readonly #add: Statement<[CredentialRow]>
  readonly #list: Statement<[string, number], CredentialRow>
  readonly #rotate: Statement<[Buffer, string]>
  readonly #revoke: Statement<{ id: string; at: number }, { readonly id: string }>
  readonly #prune: Statement<[number, number]>

  constructor(database: Database, writes: DurableWrites) {
    this.#writes = writes
    this.#add = database.prepare(
      `INSERT INTO credential VALUES (@id, @kind, @name, @role, @groups, @repositories, @created_at, @expires_at,
       @revoked_at, @minted_by, @secret_hash)`,
    )
    this.#list = database.prepare('SELECT * FROM credential WHERE id > ? ORDER BY id LIMIT ?')
    this.#rotate = database.prepare(
      'UPDATE credential SET secret_hash = ? WHERE id = ? AND revoked_at IS NULL',
    )
    this.#revoke = database.prepare(
      `UPDATE credential SET revoked_at = @at
       WHERE revoked_at IS NULL AND (id = @id OR minted_by = @id)
       RETURNING id`,
    )
    this.#prune = database.prepare(
      `DELETE FROM credential WHERE id IN
       (SELECT id FROM credential WHERE ${ENDED_AT} < ? ORDER BY ${ENDED_AT} LIMIT ?)`,
    )
  }

  async add(credential: StoredCredential): Promise<void> {
    await this.#writes.run(() => this.#add.run(toRow(credential)))
  }

  async list(after: string | undefined, limit: number): Promise<readonly StoredCredential[]> {
    return this.#list.all(after ?? '', limit).map(fromRow)
  }

  async rotate(id: string, secretHash: Buffer): Promise<boolean> {
    const { changes } = await this.#writes.run(() => this.#rotate.run(secretHash, id))
    return changes > 0
  }

  async revoke(id: string, revokedAt: number): Promise<readonly string[]> {
    const rows = await this.#writes.run(() => this.#revoke.all({ id, at: revokedAt }))
    return rows.map((row) => row.id)
  }

  async prune(endedBefore: number, limit: number): Promise<number> {
    return this.#prune.run(endedBefore, limit).changes
  }
}

function toRow(credential: StoredCredential): CredentialRow {
  const { id, kind, name, role, groups, repositories, createdAt, secretHash } = credential
  return {
    id,
    kind,
    name,
    role,
    groups: JSON.stringify(groups),
    repositories: JSON.stringify(repositories),
    created_at: createdAt,
    expires_at: credential.expiresAt ?? null,
    revoked_at: credential.revokedAt ?? null,
    minted_by: credential.mintedBy ?? null,
    secret_hash: secretHash,
  }
}

function fromRow(row: CredentialRow): StoredCredential {
  const { id, kind, name, role, created_at: createdAt, secret_hash: secretHash } = row
  return {
    id,
    kind,
    name,
    role,
    groups: JSON.parse(row.groups) as GroupPath[],
    repositories: JSON.parse(row.repositories) as string[],
    createdAt,
    expiresAt: row.expires_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    mintedBy: row.minted_by ?? undefined,
    secretHash,
  }
}

import type { Database, Statement, Transaction } from 'better-sqlite3'
import type { Digest } from '../../oci/digest.ts'
import type { ForgottenProof, SpaceCatalog, Unneeded } from '../catalog.ts'
import type { Checkpointer } from './checkpointer.ts'

/** How many references of a manifest go in one step: a manifest may have tens of thousands. */
const REFERENCES_PER_STEP = 200

type Kind = Unneeded['kind']

export class SpaceTable implements SpaceCatalog {
  readonly #checkpointer: Checkpointer | undefined
  readonly #used: Statement<[], number>
  readonly #list: Statement<[number, string, string, number], Unneeded>
  readonly #keep: Statement<[string, number]>
  readonly #figure: Statement<[string], number>
  readonly #collect: Transaction<(digest: Digest, kind: Kind) => readonly ForgottenProof[] | undefined>

  constructor(database: Database, checkpointer: Checkpointer | undefined) {
    this.#checkpointer = checkpointer
    this.#used = database.prepare<[], number>(`SELECT value FROM figure WHERE name = 'used_bytes'`).pluck()
    this.#list = database.prepare(`
      SELECT u.digest, u.kind, u.since,
        CASE u.kind WHEN 'manifest' THEN (SELECT length(bytes) FROM manifest WHERE digest = u.digest)
          WHEN 'blob' THEN (SELECT size_bytes FROM blob WHERE digest = u.digest)
          ELSE 0 END AS sizeBytes
      FROM unneeded u WHERE (u.since, u.digest, u.kind) > (?, ?, ?)
      ORDER BY u.since, u.digest, u.kind LIMIT ?`)
    this.#keep = database.prepare('INSERT INTO figure VALUES (?, ?) ON CONFLICT (name) DO NOTHING')
    this.#figure = database.prepare<[string], number>('SELECT value FROM figure WHERE name = ?').pluck()
    const isUnneeded = database.prepare('SELECT 1 FROM unneeded WHERE digest = ? AND kind = ?')
    const removers: Record<'manifest' | 'blob', Statement<[Digest]>> = {
      manifest: database.prepare('DELETE FROM manifest WHERE digest = ?'),
      blob: database.prepare('DELETE FROM blob WHERE digest = ?'),
    }
    const references = database.prepare<[Digest]>(`
      DELETE FROM manifest_reference WHERE (manifest, digest, role) IN
        (SELECT manifest, digest, role FROM manifest_reference WHERE manifest = ? LIMIT ${REFERENCES_PER_STEP})`)
    const done = database.prepare(`DELETE FROM unneeded WHERE digest = ? AND kind = 'references'`)
    const forget = database.prepare<[Digest], ForgottenProof>(
      'DELETE FROM proof WHERE digest = ? RETURNING upstream, repository, digest',
    )
    this.#collect = database.transaction((digest, kind) => {
      if (isUnneeded.get(digest, kind) === undefined) return undefined
      if (kind === 'references') {
        if (references.run(digest).changes < REFERENCES_PER_STEP) done.run(digest)
        return []
      }
      removers[kind].run(digest)
      return forget.all(digest)
    })
  }

  async usedBytes(): Promise<number> {
    return this.#used.get() ?? 0
  }

  async listUnneeded(
    after: Pick<Unneeded, 'since' | 'digest' | 'kind'> | undefined,
    limit: number,
  ): Promise<readonly Unneeded[]> {
    return this.#list.all(
      after?.since ?? Number.MIN_SAFE_INTEGER,
      after?.digest ?? '',
      after?.kind ?? '',
      limit,
    )
  }

  async collect(digest: Digest, kind: Kind): Promise<readonly ForgottenProof[] | undefined> {
    return this.#collect.immediate(digest, kind)
  }

  async settle(): Promise<void> {
    await this.#checkpointer?.settle()
  }

  async remember(name: string, value: number): Promise<number> {
    this.#keep.run(name, value)
    return this.#figure.get(name) ?? value
  }
}

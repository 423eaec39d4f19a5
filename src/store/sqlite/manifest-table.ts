import type { Database, Statement } from 'better-sqlite3'
import type { Digest } from '../../oci/digest.ts'
import type { ManifestReference } from '../../oci/manifest.ts'
import type { ManifestCatalog, ParentReference, StoredManifest } from '../catalog.ts'

interface ManifestRow {
  readonly media_type: string
  readonly bytes: Buffer
}

interface ListedRow extends ManifestRow {
  readonly digest: Digest
}

interface ReferenceRow {
  readonly manifest: Digest
  readonly role: ManifestReference['role']
  readonly size_bytes: number
}

export class ManifestTable implements ManifestCatalog {
  readonly #find: Statement<[Digest], ManifestRow>
  readonly #findParents: Statement<[Digest], ReferenceRow>
  readonly #list: Statement<[string, number], ListedRow>
  readonly #drop: Statement<[Digest]>
  readonly #put: (
    manifest: StoredManifest,
    references: readonly ManifestReference[],
    storedAt: number,
  ) => void

  constructor(database: Database) {
    this.#find = database.prepare('SELECT media_type, bytes FROM manifest WHERE digest = ?')
    this.#findParents = database.prepare(
      'SELECT manifest, role, size_bytes FROM manifest_reference WHERE digest = ?',
    )
    this.#list = database.prepare(
      'SELECT digest, media_type, bytes FROM manifest WHERE digest > ? ORDER BY digest LIMIT ?',
    )
    this.#drop = database.prepare('DELETE FROM manifest WHERE digest = ?')
    const insert = database.prepare(
      `INSERT INTO manifest (digest, media_type, bytes, stored_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (digest) DO NOTHING`,
    )
    const reference = database.prepare(
      `INSERT INTO manifest_reference (manifest, digest, role, size_bytes) VALUES (?, ?, ?, ?)
       ON CONFLICT (manifest, digest, role) DO NOTHING`,
    )
    this.#put = database.transaction(
      (manifest: StoredManifest, references: readonly ManifestReference[], storedAt: number) => {
        if (insert.run(manifest.digest, manifest.mediaType, manifest.bytes, storedAt).changes === 0) return
        for (const { digest, role, sizeBytes } of references) {
          reference.run(manifest.digest, digest, role, sizeBytes)
        }
      },
    ).immediate
  }

  async put(
    manifest: StoredManifest,
    references: readonly ManifestReference[],
    storedAt: number,
  ): Promise<void> {
    this.#put(manifest, references, storedAt)
  }

  async find(digest: Digest): Promise<StoredManifest | undefined> {
    const row = this.#find.get(digest)
    return row && { digest, mediaType: row.media_type, bytes: row.bytes }
  }

  async findParents(digest: Digest): Promise<readonly ParentReference[]> {
    return this.#findParents
      .all(digest)
      .map(({ manifest, role, size_bytes }) => ({ manifest, role, sizeBytes: size_bytes }))
  }

  async list(after: Digest | undefined, limit: number): Promise<readonly StoredManifest[]> {
    return this.#list
      .all(after ?? '', limit)
      .map(({ digest, media_type, bytes }) => ({ digest, mediaType: media_type, bytes }))
  }

  async drop(digest: Digest): Promise<void> {
    this.#drop.run(digest)
  }
}

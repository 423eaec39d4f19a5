import type { Database, Statement, Transaction } from 'better-sqlite3'
import type { Digest } from '../../oci/digest.ts'
import { parseReference, type Repository } from '../../oci/reference.ts'
import type { ImageCatalog, ImageContent, ImagePull, StoredImage } from '../catalog.ts'
import { ImageContents } from './image-contents.ts'
import { PullRecord } from './pull-record.ts'

interface ImageRow {
  readonly name: string
  readonly upstream: string
  readonly repository: Repository
  readonly reference: string
  readonly digest: Digest
  readonly last_pulled_at: number
  readonly pulls: number
  readonly pinned: number
}

interface VersionRow {
  readonly digest: Digest
  readonly since: number
}

export class ImageTable implements ImageCatalog {
  readonly #find: Statement<[string], ImageRow>
  readonly #list: Statement<[string, number], ImageRow>
  readonly #listByPull: Statement<[number, string, number], ImageRow>
  readonly #dateBack: Statement<[number, number]>
  readonly #pin: Statement<[number, string]>
  readonly #versions: Statement<[string], VersionRow>
  readonly #delete: Transaction<(name: string, unlessPulledAfter?: number) => ImageRow | undefined>
  readonly #record: PullRecord
  readonly #contents: ImageContents

  constructor(database: Database) {
    this.#record = new PullRecord(database)
    this.#contents = new ImageContents(database)
    this.#find = database.prepare('SELECT * FROM image WHERE name = ?')
    this.#list = database.prepare('SELECT * FROM image WHERE name > ? ORDER BY name LIMIT ?')
    this.#listByPull = database.prepare(
      `SELECT * FROM image WHERE pinned = 0 AND (last_pulled_at, name) > (?, ?)
       ORDER BY last_pulled_at, name LIMIT ?`,
    )
    this.#dateBack = database.prepare(
      'UPDATE image SET last_pulled_at = ? WHERE pinned = 0 AND last_pulled_at > ?',
    )
    this.#pin = database.prepare('UPDATE image SET pinned = ? WHERE name = ?')
    this.#versions = database.prepare('SELECT digest, since FROM tag_version WHERE name = ? ORDER BY id DESC')
    const image = database.prepare('DELETE FROM image WHERE name = ?')
    const tag = database.prepare('DELETE FROM tag WHERE upstream = ? AND repository = ? AND tag = ?')
    this.#delete = database.transaction((name: string, unlessPulledAfter?: number) => {
      const row = this.#find.get(name)
      if (row === undefined) return undefined
      if (unlessPulledAfter !== undefined && (row.pinned === 1 || row.last_pulled_at > unlessPulledAfter)) {
        return undefined
      }
      // The image first: a tag that goes would leave its image behind, named by digest.
      image.run(name)
      tag.run(row.upstream, row.repository, row.reference)
      return row
    })
  }

  async recordPulls(pulls: readonly ImagePull[]): Promise<void> {
    this.#record.put.immediate(pulls)
  }

  async find(name: string): Promise<StoredImage | undefined> {
    const row = this.#find.get(name)
    return row && toImage(row)
  }

  async list(after: string | undefined, limit: number): Promise<readonly StoredImage[]> {
    return this.#list.all(after ?? '', limit).map(toImage)
  }

  async listByPull(
    after: { readonly lastPulledAt: number; readonly name: string } | undefined,
    limit: number,
  ): Promise<readonly StoredImage[]> {
    const from = after ?? { lastPulledAt: Number.MIN_SAFE_INTEGER, name: '' }
    return this.#listByPull.all(from.lastPulledAt, from.name, limit).map(toImage)
  }

  async dateBack(now: number): Promise<void> {
    this.#dateBack.run(now, now)
  }

  async pin(name: string, pinned: boolean): Promise<boolean> {
    return this.#pin.run(pinned ? 1 : 0, name).changes === 1
  }

  async delete(name: string, unlessPulledAfter?: number): Promise<StoredImage | undefined> {
    const row = this.#delete.immediate(name, unlessPulledAfter)
    return row && toImage(row)
  }

  async listContent(digest: Digest): Promise<readonly ImageContent[]> {
    return this.#contents.list(digest)
  }

  async uniqueBytes(name: string): Promise<number> {
    const row = this.#find.get(name)
    return row === undefined ? 0 : this.#contents.uniqueBytes(row.digest)
  }

  async listVersions(name: string): Promise<readonly VersionRow[]> {
    return this.#versions.all(name)
  }
}

function toImage(row: ImageRow): StoredImage {
  const { name, upstream, repository, digest, pulls } = row
  return {
    name,
    upstream,
    repository,
    reference: parseReference(row.reference),
    digest,
    lastPulledAt: row.last_pulled_at,
    pulls,
    pinned: row.pinned === 1,
  }
}

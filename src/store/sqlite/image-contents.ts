import type { Database, Statement } from 'better-sqlite3'
import type { Digest } from '../../oci/digest.ts'
import { MAX_INDEX_DEPTH } from '../../oci/manifest.ts'
import type { ImageContent } from '../catalog.ts'

interface ContentRow {
  readonly digest: Digest
  readonly is_manifest: number
  readonly media_type: string | null
  readonly size_bytes: number
  readonly present: number
}

/** What images consist of. */
export class ImageContents {
  readonly #list: Statement<[Digest], ContentRow>
  readonly #images: Statement<[Digest], number>
  readonly #neededElsewhere: Statement<[Digest, string], number>

  constructor(database: Database) {
    this.#list = database.prepare(`
      WITH RECURSIVE
        below (digest, role, size_bytes, depth) AS (
          SELECT ?, 'manifest', 0, 0
          UNION
          SELECT r.digest, r.role, r.size_bytes, b.depth + 1
          FROM below b JOIN manifest_reference r ON r.manifest = b.digest
          WHERE b.depth <= ${MAX_INDEX_DEPTH}
        ),
        content (digest, is_manifest, size_bytes, depth) AS (
          SELECT digest, max(role = 'manifest'), max(size_bytes), max(depth) FROM below GROUP BY digest
        )
      SELECT c.digest, c.is_manifest, m.media_type,
        coalesce(length(m.bytes), b.size_bytes, c.size_bytes) AS size_bytes,
        m.digest IS NOT NULL OR b.digest IS NOT NULL AS present
      FROM content c
      LEFT JOIN manifest m ON m.digest = c.digest
      LEFT JOIN blob b ON b.digest = c.digest
      ORDER BY c.depth, c.digest`)
    this.#images = database.prepare<[Digest], number>('SELECT count(*) FROM image WHERE digest = ?').pluck()
    this.#neededElsewhere = database
      .prepare<[Digest, string], number>(
        `SELECT EXISTS (SELECT 1 FROM manifest_reference
         WHERE digest = ? AND manifest NOT IN (SELECT value FROM json_each(?)))`,
      )
      .pluck()
  }

  /** Every piece behind those that reference it. */
  list(digest: Digest): readonly ImageContent[] {
    return this.#list.all(digest).map((row) => ({
      digest: row.digest,
      kind: row.is_manifest === 1 ? 'manifest' : 'blob',
      mediaType: row.media_type ?? undefined,
      sizeBytes: row.size_bytes,
      present: row.present === 1,
    }))
  }

  /** What would be free without the one image that has this digest. */
  uniqueBytes(root: Digest): number {
    const own: Digest[] = []
    let bytes = 0
    for (const { digest, kind, sizeBytes, present } of this.list(root)) {
      const images = kind === 'manifest' ? (this.#images.get(digest) ?? 0) : 0
      if (images > (digest === root ? 1 : 0)) continue
      if (this.#neededElsewhere.get(digest, JSON.stringify(own)) === 1) continue
      if (kind === 'manifest') own.push(digest)
      if (present) bytes += sizeBytes
    }
    return bytes
  }
}

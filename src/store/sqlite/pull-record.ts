import type { Database, Statement, Transaction } from 'better-sqlite3'
import { MAX_INDEX_DEPTH } from '../../oci/manifest.ts'
import { formatImage } from '../../oci/reference.ts'
import type { ImagePull } from '../catalog.ts'

/** A manifest may be in very many indexes; touching so many of them is enough to keep it. */
const MAX_ANCESTORS = 100

/** Writes down which images were pulled. */
export class PullRecord {
  readonly #byName: Statement<[number, number, string]>
  readonly #byDigest: Statement<[number, number, string, string, string]>
  readonly #ancestors: Statement<[string, number, string, string]>
  readonly #insert: Statement<[string, string, string, string, string, number, number, string]>
  readonly put: Transaction<(pulls: readonly ImagePull[]) => void>

  constructor(database: Database) {
    const set = 'UPDATE image SET last_pulled_at = max(last_pulled_at, ?), pulls = pulls + ?'
    this.#byName = database.prepare(`${set} WHERE name = ?`)
    this.#byDigest = database.prepare(`${set} WHERE digest = ? AND upstream = ? AND repository = ?`)
    this.#ancestors = database.prepare(`
      WITH RECURSIVE above (digest, depth) AS (
        SELECT manifest, 1 FROM manifest_reference WHERE digest = ?
        UNION
        SELECT manifest, depth + 1 FROM above JOIN manifest_reference USING (digest)
        WHERE depth < ${MAX_INDEX_DEPTH}
        LIMIT ${MAX_ANCESTORS}
      )
      UPDATE image SET last_pulled_at = max(last_pulled_at, ?)
      WHERE upstream = ? AND repository = ? AND digest IN (SELECT digest FROM above)`)
    this.#insert = database.prepare(
      `INSERT INTO image (name, upstream, repository, reference, digest, last_pulled_at, pulls, pinned)
       SELECT ?, ?, ?, ?, ?, ?, ?, 0 WHERE EXISTS (SELECT 1 FROM manifest WHERE digest = ?)`,
    )
    this.put = database.transaction((pulls) => {
      for (const pull of pulls) this.#put(pull)
    })
  }

  #put({ upstream, repository, reference, digest, at, count }: ImagePull): void {
    if (reference.kind === 'tag') {
      this.#byName.run(at, count, nameOf(upstream, formatImage(repository, reference)))
      return
    }
    if (this.#byDigest.run(at, count, digest, upstream, repository).changes > 0) return
    if (this.#ancestors.run(digest, at, upstream, repository).changes > 0) return
    const name = nameOf(upstream, formatImage(repository, reference))
    this.#insert.run(name, upstream, repository, digest, digest, at, count, digest)
  }
}

function nameOf(upstream: string, image: string): string {
  return `${upstream}/${image}`
}

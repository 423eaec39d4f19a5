import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import type { Digest } from '../../src/oci/digest.ts'
import { DiskBlobStore } from '../../src/store/disk-blob-store.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'

/** Rows that lead to nothing, or that nothing leads to. None of them may ever be. */
const DANGLING = [
  `manifest_reference WHERE manifest NOT IN (SELECT digest FROM manifest)
    AND manifest NOT IN (SELECT digest FROM unneeded WHERE kind = 'references')`,
  `tag WHERE upstream || '/' || repository || ':' || tag NOT IN (SELECT name FROM image)`,
  `tag WHERE digest NOT IN (SELECT digest FROM manifest)`,
  `tag_version WHERE name NOT IN (SELECT name FROM image)`,
  `unneeded WHERE kind = 'blob' AND digest NOT IN (SELECT digest FROM blob)`,
  `unneeded WHERE kind = 'manifest' AND digest NOT IN (SELECT digest FROM manifest)`,
  `unneeded WHERE kind = 'blob' AND digest IN (SELECT digest FROM manifest_reference)`,
  `blob WHERE digest NOT IN (SELECT digest FROM manifest_reference)
    AND digest NOT IN (SELECT digest FROM unneeded WHERE kind = 'blob')`,
  `manifest WHERE digest NOT IN (SELECT digest FROM manifest_reference)
    AND digest NOT IN (SELECT digest FROM image)
    AND digest NOT IN (SELECT digest FROM unneeded WHERE kind = 'manifest')`,
] as const

export interface InspectedStorage {
  readonly blobs: number
  /** What the account says: blobs and manifests. */
  readonly usedBytes: number
  /** Partial downloads, which stay to be resumed. */
  readonly unfinishedBytes: number
}

/**
 * What must hold in a storage that nobody uses and whose last owner had compared disk and catalog: every row has
 * its file, of the right size and content; every file its row; the accounts are the sums.
 */
export async function inspectStorage(path: string): Promise<InspectedStorage> {
  const layout = new StorageLayout(path)
  const database = new Database(layout.catalog, { readonly: true })
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    for (const rows of DANGLING) {
      const count = database.prepare<[], number>(`SELECT count(*) FROM ${rows}`).pluck().get()
      expect(count, rows).toBe(0)
    }
    const usedBytes = inspectAccount(database)
    const rows = database
      .prepare<[], { digest: Digest; sizeBytes: number }>('SELECT digest, size_bytes AS sizeBytes FROM blob')
      .all()
    const files = new Map<string, number>()
    for await (const { digest, sizeBytes } of new DiskBlobStore(layout).walk()) files.set(digest, sizeBytes)
    expect(files).toEqual(new Map(rows.map(({ digest, sizeBytes }) => [digest, sizeBytes])))
    for (const { digest } of rows) expect(await hashOf(layout.blob(digest))).toBe(digest)
    return { blobs: rows.length, usedBytes, unfinishedBytes: await unfinishedBytes(layout) }
  } finally {
    database.close()
  }
}

function inspectAccount(database: Database.Database): number {
  const sums = database
    .prepare<[], { account: number; bytes: number }>(
      `SELECT (SELECT value FROM figure WHERE name = 'used_bytes') AS account,
        (SELECT coalesce(sum(size_bytes), 0) FROM blob)
        + (SELECT coalesce(sum(length(bytes)), 0) FROM manifest) AS bytes`,
    )
    .get()
  expect(sums?.account).toBe(sums?.bytes)
  return sums?.bytes ?? 0
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return `sha256:${hash.digest('hex')}`
}

async function unfinishedBytes(layout: StorageLayout): Promise<number> {
  const names = await readdir(layout.ingests)
  const sizes = await Promise.all(names.map(async (name) => (await stat(layout.ingest(digestOf(name)))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

function digestOf(name: string): Digest {
  return name.replace('-', ':') as Digest
}

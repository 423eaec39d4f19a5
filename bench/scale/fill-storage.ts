import { createHash } from 'node:crypto'
import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import { type Digest, digestOf, hexOf } from '../../src/oci/digest.ts'
import { OCI_MANIFEST } from '../../src/oci/media-types.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'

export const TAGS = 100_000
export const BLOBS_PER_IMAGE = 10
export const REPOSITORY = 'library/scale'

/** Every blob is a file of its own, of a size that the account counts and the disk does not: it has no data. */
const BLOB_BYTES = 16 * 1024

interface Image {
  readonly tag: string
  readonly bytes: Buffer
  readonly digest: Digest
  readonly blobs: readonly Digest[]
}

/** What an eviction of one image frees. */
export function imageBytes(): number {
  return BLOBS_PER_IMAGE * BLOB_BYTES + makeImage(0).bytes.length
}

/** A storage as a server leaves it that has pulled very much. The tags were checked a moment ago. */
export async function fillStorage(path: string): Promise<void> {
  const layout = new StorageLayout(path)
  await layout.create()
  await new SqliteCatalog(layout.catalog).close()
  // In the order of digests, which is that of the tables: it takes a minute in any other.
  const images = Array.from({ length: TAGS }, (_, number) => makeImage(number))
  const blobs = images.flatMap((image) => image.blobs).sort()
  fillCatalog(layout.catalog, images, blobs)
  writeFiles(layout, blobs)
}

function makeImage(number: number): Image {
  const blobs = Array.from({ length: BLOBS_PER_IMAGE }, (_, blob) => madeUpDigest(`${number} ${blob}`))
  const [config, ...layers] = blobs.map((digest) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest,
    size: BLOB_BYTES,
  }))
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' },
    layers,
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  return { tag: `t${number}`, bytes, digest: digestOf(bytes), blobs }
}

function madeUpDigest(text: string): Digest {
  return `sha256:${createHash('sha256').update(text).digest('hex')}` as Digest
}

/** Tags before manifests before blobs, so that nothing is unneeded in between. */
function fillCatalog(path: string, images: readonly Image[], blobs: readonly Digest[]): void {
  const database = new Database(path)
  for (const pragma of ['journal_mode = OFF', 'synchronous = OFF', 'cache_size = -1000000'])
    database.pragma(pragma)
  const now = Date.now()
  const tag = database.prepare(`INSERT INTO tag VALUES ('docker.io', '${REPOSITORY}', ?, ?, ?, NULL)`)
  const proof = database.prepare(`INSERT INTO proof VALUES ('public', 'docker.io', '${REPOSITORY}', ?, ?)`)
  const reference = database.prepare('INSERT INTO manifest_reference VALUES (?, ?, ?, ?)')
  const manifest = database.prepare(
    'INSERT INTO manifest (digest, media_type, bytes, stored_at) VALUES (?, ?, ?, ?)',
  )
  const blob = database.prepare('INSERT INTO blob VALUES (?, ?, ?)')
  database.exec('BEGIN')
  for (const [number, image] of images.entries()) tag.run(image.tag, image.digest, now - TAGS + number)
  for (const image of images.toSorted((one, other) => (one.digest < other.digest ? -1 : 1))) {
    proof.run(image.digest, now)
    for (const [index, digest] of image.blobs.entries())
      reference.run(image.digest, digest, index === 0 ? 'config' : 'layer', BLOB_BYTES)
    manifest.run(image.digest, OCI_MANIFEST, image.bytes, now)
  }
  for (const digest of blobs) blob.run(digest, BLOB_BYTES, now)
  database.exec('COMMIT')
  database.close()
}

function writeFiles(layout: StorageLayout, blobs: readonly Digest[]): void {
  let folder = ''
  for (const digest of blobs) {
    if (hexOf(digest).slice(0, 2) !== folder) {
      folder = hexOf(digest).slice(0, 2)
      mkdirSync(layout.blobFolder(digest), { recursive: true })
    }
    const descriptor = openSync(layout.blob(digest), 'w', 0o600)
    ftruncateSync(descriptor, BLOB_BYTES)
    closeSync(descriptor)
  }
}

import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileErrorCode } from '../file-error.ts'
import { algorithmOf, type Digest, hexOf } from '../oci/digest.ts'
import { StorageMissing } from './errors.ts'

/**
 * Where things are in a storage. The version of the layout is in the path, so that a later layout can stand
 * beside it.
 *
 *     v1/blobs/sha256/ab/abcd…   verified content
 *     v1/ingest/sha256-abcd…     content on its way in
 *     v1/quarantine/sha256-abcd… content that turned out to be wrong
 *     v1/scrub.json              how far the hashing of everything has got
 *     v1/limits.json             what upstreams said of their limits
 *     catalog.db                 the catalog
 *     audit.log, audit.log.1…    what was done with credentials, and who was refused
 *     lock.db                    held by the process that owns the storage
 *     server.json                who that is
 *     control.sock               where it is told what to do with the cache
 */
export class StorageLayout {
  readonly root: string
  readonly blobs: string
  readonly ingests: string
  readonly quarantine: string
  readonly scrub: string
  readonly limits: string
  readonly catalog: string
  readonly audit: string
  readonly lock: string
  readonly owner: string

  constructor(root: string) {
    this.root = root
    this.blobs = join(root, 'v1', 'blobs')
    this.ingests = join(root, 'v1', 'ingest')
    this.quarantine = join(root, 'v1', 'quarantine')
    this.scrub = join(root, 'v1', 'scrub.json')
    this.limits = join(root, 'v1', 'limits.json')
    this.catalog = join(root, 'catalog.db')
    this.audit = join(root, 'audit.log')
    this.lock = join(root, 'lock.db')
    this.owner = join(root, 'server.json')
  }

  blobFolder(digest: Digest): string {
    return join(this.blobs, algorithmOf(digest), hexOf(digest).slice(0, 2))
  }

  blob(digest: Digest): string {
    return join(this.blobFolder(digest), hexOf(digest))
  }

  ingest(digest: Digest): string {
    return join(this.ingests, `${algorithmOf(digest)}-${hexOf(digest)}`)
  }

  quarantined(digest: Digest): string {
    return join(this.quarantine, `${algorithmOf(digest)}-${hexOf(digest)}`)
  }

  /** @throws StorageMissing */
  async mustExist(): Promise<void> {
    try {
      await access(this.catalog)
    } catch (error) {
      if (fileErrorCode(error) === 'ENOENT') throw new StorageMissing(this.root)
      throw error
    }
  }

  async create(): Promise<void> {
    await mkdir(this.blobs, { recursive: true })
    await mkdir(this.ingests, { recursive: true })
    await mkdir(this.quarantine, { recursive: true })
  }
}

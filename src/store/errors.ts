import type { Digest } from '../oci/digest.ts'

/** Nothing is stored under this digest. The only miss: every other failure of a store is a failure. */
export class BlobNotFound extends Error {
  override readonly name = 'BlobNotFound'
  readonly code = 'blob-not-found'
  readonly digest: Digest

  constructor(digest: Digest, cause?: unknown) {
    super(`no blob ${digest} is stored`, cause === undefined ? undefined : { cause })
    this.digest = digest
  }
}

/** What arrived does not hash to what was asked for. Nothing of it is kept. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch'
  readonly code = 'digest-mismatch'
  readonly expected: Digest
  readonly actual: string

  constructor(expected: Digest, actual: string) {
    super(`expected content of ${expected}, the bytes that arrived hash to ${actual}`)
    this.expected = expected
    this.actual = actual
  }
}

/** The content is longer or shorter than its descriptor says. Nothing of it is kept. */
export class SizeMismatch extends Error {
  override readonly name = 'SizeMismatch'
  readonly code = 'size-mismatch'

  constructor(digest: Digest, expectedBytes: number, actualBytes: number) {
    super(`expected ${expectedBytes} bytes for ${digest}, got ${actualBytes}`)
  }
}

/** Another process owns this storage. */
export class StorageInUseError extends Error {
  override readonly name = 'StorageInUseError'
  readonly code = 'storage-in-use'
  readonly path: string
  readonly pid: number | undefined
  readonly url: string | undefined

  constructor(path: string, owner: { pid: number | undefined; url: string | undefined }) {
    const who = owner.pid === undefined ? 'another process' : `process ${owner.pid}`
    const where = owner.url === undefined ? '' : `, which serves ${owner.url}`
    super(
      `the storage ${path} is in use by ${who}${where}: stop it, or give this one another storage (--storage DIR)`,
    )
    this.path = path
    this.pid = owner.pid
    this.url = owner.url
  }
}

/** There is no storage where one was to be looked after. */
export class StorageMissing extends Error {
  override readonly name = 'StorageMissing'
  readonly code = 'storage-missing'

  constructor(path: string) {
    super(`there is no storage at ${path}: say where it is (--storage DIR or --config FILE)`)
  }
}

/** A catalog written by a newer version of the program. */
export class CatalogTooNew extends Error {
  override readonly name = 'CatalogTooNew'
  readonly code = 'catalog-too-new'

  constructor(path: string, version: number, supported: number) {
    super(
      `the catalog ${path} has format ${version}, this version knows formats up to ${supported}: ` +
        'start the newer version again, or give this one an empty storage (--storage DIR)',
    )
  }
}

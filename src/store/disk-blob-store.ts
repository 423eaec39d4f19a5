import { fstat } from 'node:fs'
import { mkdir, open, opendir, readdir, rename, rm, stat, unlink, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { fileErrorCode } from '../file-error.ts'
import { type Digest, isDigest } from '../oci/digest.ts'
import { FileRange } from '../streams/file-range.ts'
import type { RangeReader } from '../streams/range-reader.ts'
import type { SharedFile } from '../streams/shared-file.ts'
import type { Blob, BlobStore, StoredBlob } from './blob-store.ts'
import { DiskIngest } from './disk-ingest.ts'
import { BlobNotFound } from './errors.ts'
import type { Ingest } from './ingest.ts'
import { openFile } from './open-file.ts'
import type { StorageLayout } from './storage-layout.ts'

/** What is kept of wrong content, outside the budget: enough to see what happened, never much of the disk. */
const MAX_QUARANTINED = 8
const MAX_QUARANTINED_BYTES = 1024 * 1024 * 1024

const statDescriptor = promisify(fstat)

/** Blobs as files, one folder per first byte of the digest. */
export class DiskBlobStore implements BlobStore {
  readonly #layout: StorageLayout

  constructor(layout: StorageLayout) {
    this.#layout = layout
  }

  async open(digest: Digest): Promise<Blob> {
    const file = await openFile(this.#layout.blob(digest), 'r').catch((error: unknown) => {
      throw fileErrorCode(error) === 'ENOENT' ? new BlobNotFound(digest, error) : error
    })
    try {
      const { size } = await statDescriptor(file.descriptor)
      return new DiskBlob(digest, size, file)
    } catch (error) {
      await file.release()
      throw error
    }
  }

  async commit(ingest: Ingest): Promise<void> {
    if (!(ingest instanceof DiskIngest))
      throw new TypeError('only an ingest on the local disk can be committed')
    try {
      await this.#commit(ingest)
    } catch (error) {
      // After a failed sync nobody knows what the disk holds: it must not be resumed. The first error tells most.
      await ingest.abort(error as Error).catch(() => {})
      throw error
    }
  }

  async delete(digest: Digest): Promise<void> {
    await unlink(this.#layout.blob(digest)).catch((error: unknown) => {
      if (fileErrorCode(error) !== 'ENOENT') throw error
    })
  }

  async quarantine(digest: Digest): Promise<void> {
    const path = this.#layout.quarantined(digest)
    try {
      await rename(this.#layout.blob(digest), path)
      const now = new Date()
      await utimes(path, now, now)
    } catch (error) {
      if (fileErrorCode(error) !== 'ENOENT') throw error
    }
    await removeOldest(this.#layout.quarantine, MAX_QUARANTINED, MAX_QUARANTINED_BYTES)
  }

  async *walk(): AsyncIterable<StoredBlob> {
    for await (const algorithm of await opendir(this.#layout.blobs)) {
      if (!algorithm.isDirectory()) continue
      const algorithmPath = join(this.#layout.blobs, algorithm.name)
      for await (const prefix of await opendir(algorithmPath)) {
        if (!prefix.isDirectory()) continue
        yield* walkFolder(join(algorithmPath, prefix.name), algorithm.name)
      }
    }
  }

  /**
   * fdatasync, rename, fsync of the folder. A crash before the rename leaves a partial file that the next
   * ingest resumes; a crash after it leaves a whole file, which the walk at the next start finds.
   */
  async #commit(ingest: DiskIngest): Promise<void> {
    await ingest.sync()
    const folder = this.#layout.blobFolder(ingest.digest)
    if ((await mkdir(folder, { recursive: true })) !== undefined) await syncFolder(dirname(folder))
    await rename(ingest.path, this.#layout.blob(ingest.digest))
    await syncFolder(folder)
  }
}

class DiskBlob implements Blob {
  readonly digest: Digest
  readonly sizeBytes: number
  readonly #file: SharedFile
  #disposed = false

  constructor(digest: Digest, sizeBytes: number, file: SharedFile) {
    this.digest = digest
    this.sizeBytes = sizeBytes
    this.#file = file
  }

  read(start: number, end: number): RangeReader {
    return new FileRange(this.#file, start, end)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    await this.#file.release()
  }
}

async function* walkFolder(folder: string, algorithm: string): AsyncIterable<StoredBlob> {
  for await (const entry of await opendir(folder)) {
    const digest = `${algorithm}:${entry.name}`
    if (!entry.isFile() || !isDigest(digest)) continue
    try {
      yield { digest, sizeBytes: (await stat(join(folder, entry.name))).size }
    } catch (error) {
      if (fileErrorCode(error) !== 'ENOENT') throw error
    }
  }
}

async function removeOldest(folder: string, keep: number, keepBytes: number): Promise<void> {
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name)
      const { mtimeMs, size } = await stat(path)
      return { path, changedAt: mtimeMs, sizeBytes: size }
    }),
  )
  files.sort((one, other) => other.changedAt - one.changedAt)
  let bytes = 0
  for (const [index, { path, sizeBytes }] of files.entries()) {
    bytes += sizeBytes
    if (index >= keep || bytes > keepBytes) await rm(path, { force: true })
  }
}

/** Makes a rename or a new folder survive a power failure. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

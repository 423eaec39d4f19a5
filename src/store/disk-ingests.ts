import { constants, fstat } from 'node:fs'
import { opendir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Digest, isDigest } from '../oci/digest.ts'
import { DiskIngest } from './disk-ingest.ts'
import { fileErrorCode } from './file-error.ts'
import type { Ingest, Ingests, UnfinishedIngest } from './ingest.ts'
import { openFile } from './open-file.ts'
import type { StorageLayout } from './storage-layout.ts'

const statDescriptor = promisify(fstat)

/** Ingests as files of one folder, named by digest: a partial file is found again after a restart. */
export class DiskIngests implements Ingests {
  readonly #layout: StorageLayout
  readonly #open = new Set<Digest>()

  constructor(layout: StorageLayout) {
    this.#layout = layout
  }

  async begin(digest: Digest): Promise<Ingest> {
    if (this.#open.has(digest)) throw new Error(`an ingest of ${digest} is open already`)
    this.#open.add(digest)
    try {
      const path = this.#layout.ingest(digest)
      const file = await openFile(path, constants.O_RDWR | constants.O_CREAT)
      try {
        const { size } = await statDescriptor(file.descriptor)
        return new DiskIngest(digest, path, file, size, () => this.#open.delete(digest))
      } catch (error) {
        await file.release()
        throw error
      }
    } catch (error) {
      this.#open.delete(digest)
      throw error
    }
  }

  async *list(): AsyncIterable<UnfinishedIngest> {
    for await (const entry of await opendir(this.#layout.ingests)) {
      const digest = entry.name.replace('-', ':')
      if (!entry.isFile() || !isDigest(digest) || this.#open.has(digest)) continue
      try {
        const { size, mtimeMs } = await stat(join(this.#layout.ingests, entry.name))
        yield { digest, sizeBytes: size, changedAt: mtimeMs }
      } catch (error) {
        if (fileErrorCode(error) !== 'ENOENT') throw error
      }
    }
  }

  async discard(digest: Digest): Promise<void> {
    if (this.#open.has(digest)) return
    await unlink(this.#layout.ingest(digest)).catch((error: unknown) => {
      if (fileErrorCode(error) !== 'ENOENT') throw error
    })
  }
}

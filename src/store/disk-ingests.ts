import { constants, fstat } from 'node:fs'
import { opendir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileErrorCode } from '../file-error.ts'
import { type Digest, isDigest } from '../oci/digest.ts'
import type { OverflowTiming } from '../streams/overflow.ts'
import { DiskIngest } from './disk-ingest.ts'
import type { Ingest, Ingests, UnfinishedIngest } from './ingest.ts'
import { openFile } from './open-file.ts'
import { PassingIngest } from './passing-ingest.ts'
import type { StorageLayout } from './storage-layout.ts'

const statDescriptor = promisify(fstat)

/** Ingests as files of one folder, named by digest: a partial file is found again after a restart. */
export class DiskIngests implements Ingests {
  readonly #layout: StorageLayout
  readonly #timing: OverflowTiming | undefined
  readonly #open = new Set<Digest>()

  /** @param timing how long slow readers are waited for when nothing can be kept */
  constructor(layout: StorageLayout, timing?: OverflowTiming) {
    this.#layout = layout
    this.#timing = timing
  }

  async begin(digest: Digest): Promise<Ingest> {
    if (this.#open.has(digest)) throw new Error(`an ingest of ${digest} is open already`)
    this.#open.add(digest)
    try {
      const path = this.#layout.ingest(digest)
      const file = await openFile(path, constants.O_RDWR | constants.O_CREAT)
      try {
        const { size } = await statDescriptor(file.descriptor)
        return new DiskIngest({
          digest,
          path,
          file,
          resumedBytes: size,
          timing: this.#timing,
          onClose: () => this.#open.delete(digest),
        })
      } catch (error) {
        await file.release()
        throw error
      }
    } catch (error) {
      this.#open.delete(digest)
      throw error
    }
  }

  pass(digest: Digest): Ingest {
    return new PassingIngest(digest, this.#timing)
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

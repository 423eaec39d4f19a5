import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { ArchiveError } from './archive-error.ts'
import { MAX_ARCHIVE_BYTES } from './archive-limits.ts'

/** A file without a name: it is gone with whoever has it open, also when the process is killed. */
export class TemporaryFile implements AsyncDisposable {
  readonly #handle: FileHandle
  readonly #maxBytes: number
  #sizeBytes = 0

  /** @param directory made when it is missing */
  static async create(directory: string, maxBytes = MAX_ARCHIVE_BYTES): Promise<TemporaryFile> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const path = join(directory, `archive-${randomUUID()}`)
    const handle = await open(path, 'wx+', 0o600)
    await unlink(path)
    return new TemporaryFile(handle, maxBytes)
  }

  private constructor(handle: FileHandle, maxBytes: number) {
    this.#handle = handle
    this.#maxBytes = maxBytes
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** For what reads at places of its own choice; closed with this. */
  get descriptor(): number {
    return this.#handle.fd
  }

  /**
   * Adds to its end.
   * @throws ArchiveError `TOO_LARGE`; what the source throws
   */
  async append(source: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of source) {
      this.#sizeBytes += chunk.length
      if (this.#sizeBytes > this.#maxBytes) {
        throw new ArchiveError('TOO_LARGE', `the archive has more than ${this.#maxBytes} bytes`)
      }
      await this.#handle.appendFile(chunk)
    }
  }

  /** Its bytes from the beginning. To be read to its end or destroyed before this is disposed of. */
  open(): Readable {
    return this.#handle.createReadStream({ start: 0, autoClose: false })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

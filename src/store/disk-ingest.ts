import type { Hash } from 'node:crypto'
import { fdatasync, writev } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { algorithmOf, type Digest, hasherFor } from '../oci/digest.ts'
import { FollowRange } from '../streams/follow.ts'
import { Growth } from '../streams/growth.ts'
import type { RangeReader } from '../streams/range-reader.ts'
import type { SharedFile } from '../streams/shared-file.ts'
import { DigestMismatch } from './errors.ts'
import { fileErrorCode } from './file-error.ts'
import type { HeldIngest, Ingest } from './ingest.ts'

const sync = promisify(fdatasync)

/** What may wait for the disk before `write` makes its caller wait too: keeps the disk busy while we hash. */
const WRITE_BEHIND_BYTES = 2 * 1024 * 1024

/** Read size when a partial file is hashed again. */
const REHASH_CHUNK_BYTES = 1024 * 1024

type State = 'open' | 'verified' | 'closed'

/** An ingest into one local file. */
export class DiskIngest implements Ingest {
  readonly digest: Digest
  readonly path: string
  readonly growth: Growth
  readonly #file: SharedFile
  readonly #hash: Hash
  readonly #resumedBytes: number
  readonly #onClose: () => void
  #rehashed: Promise<void> | undefined
  #queue: Buffer[] = []
  #queuedBytes = 0
  #flushing: Promise<void> | undefined
  #failure: Error | undefined
  #state: State = 'open'
  #closed: Promise<void> | undefined

  constructor(digest: Digest, path: string, file: SharedFile, resumedBytes: number, onClose: () => void) {
    this.digest = digest
    this.path = path
    this.growth = new Growth(resumedBytes)
    this.#file = file
    this.#hash = hasherFor(digest)
    this.#resumedBytes = resumedBytes
    this.#onClose = onClose
  }

  get acceptedBytes(): number {
    return this.growth.writtenBytes + this.#queuedBytes
  }

  async write(chunk: Buffer): Promise<void> {
    await this.#beginAgain()
    if (this.#failure !== undefined) throw this.#failure
    this.#queue.push(chunk)
    this.#queuedBytes += chunk.length
    this.#flushing ??= this.#flush()
    this.#hash.update(chunk)
    if (this.#queuedBytes >= WRITE_BEHIND_BYTES) await this.#flushing
    if (this.#failure !== undefined) throw this.#failure
  }

  async isWhole(): Promise<boolean> {
    if (this.#resumedBytes === 0) return false
    await this.#rehash()
    return `${algorithmOf(this.digest)}:${this.#hash.copy().digest('hex')}` === this.digest
  }

  async verify(): Promise<void> {
    await this.#beginAgain()
    await this.#flushing
    if (this.#failure !== undefined) throw this.#failure
    this.#assertOpen()
    const actual = `${algorithmOf(this.digest)}:${this.#hash.digest('hex')}`
    if (actual !== this.digest) {
      const mismatch = new DigestMismatch(this.digest, actual)
      await this.abort(mismatch)
      throw mismatch
    }
    this.#state = 'verified'
    this.growth.verify()
  }

  follow(start: number, end?: number): RangeReader {
    return new FollowRange(this.#file, this.growth, start, end)
  }

  hold(): HeldIngest | undefined {
    if (this.#state === 'closed') return undefined
    const file = this.#file.retain()
    let released: Promise<void> | undefined
    return {
      read: (start, end) => new FollowRange(file, this.growth, start, end),
      [Symbol.asyncDispose]: () => {
        released ??= file.release()
        return released
      },
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#letGo(true)
    return this.#closed
  }

  suspend(reason: Error): Promise<void> {
    this.growth.fail(reason)
    return this.close()
  }

  abort(reason: Error): Promise<void> {
    this.growth.fail(reason)
    this.#closed ??= this.#letGo(false)
    return this.#closed
  }

  /** Makes the verified bytes durable. For the blob store's commit, which renames the file afterwards. */
  async sync(): Promise<void> {
    if (this.#state !== 'verified') throw new Error(`the ingest of ${this.digest} is not verified`)
    await sync(this.#file.descriptor)
  }

  async #letGo(keepFile: boolean): Promise<void> {
    this.#state = 'closed'
    await this.#rehashed?.catch(() => {})
    await this.#flushing
    try {
      await this.#file.release()
      if (!keepFile) await removeFile(this.path)
    } finally {
      // Not before: the next ingest of this digest opens the same path.
      this.#onClose()
    }
  }

  #assertOpen(): void {
    if (this.#state === 'open') return
    throw new Error(`the ingest of ${this.digest} is ${this.#state}`, { cause: this.growth.failure })
  }

  /** What an earlier ingest left goes into the hash first. */
  async #beginAgain(): Promise<void> {
    this.#assertOpen()
    if (this.#resumedBytes === 0) return
    await this.#rehash()
    this.#assertOpen()
  }

  #rehash(): Promise<void> {
    this.#rehashed ??= this.#rehashPartialFile()
    return this.#rehashed
  }

  async #rehashPartialFile(): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(REHASH_CHUNK_BYTES, this.#resumedBytes))
    for (let position = 0; position < this.#resumedBytes; ) {
      if (this.#state === 'closed') return
      const count = await this.#file.read(
        buffer,
        Math.min(buffer.length, this.#resumedBytes - position),
        position,
      )
      if (count === 0) throw new Error(`the partial file of ${this.digest} became shorter`)
      this.#hash.update(buffer.subarray(0, count))
      position += count
    }
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0 && this.#failure === undefined) {
      const chunks = this.#queue
      this.#queue = []
      try {
        await this.#append(chunks)
      } catch (error) {
        this.#failure = error as Error
      }
    }
    this.#flushing = undefined
  }

  async #append(chunks: Buffer[]): Promise<void> {
    let rest: Buffer[] = chunks
    while (rest.length > 0) {
      let count = await appendTo(this.#file.descriptor, rest, this.growth.writtenBytes)
      this.#queuedBytes -= count
      this.growth.advance(count)
      // A write may be short (a disk that fills up, a signal): go on behind what was taken.
      let taken = 0
      for (const chunk of rest) {
        if (count < chunk.length) break
        count -= chunk.length
        taken += 1
      }
      rest = rest.slice(taken)
      if (count > 0 && rest[0] !== undefined) rest[0] = rest[0].subarray(count)
    }
  }
}

async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (fileErrorCode(error) !== 'ENOENT') throw error
  })
}

function appendTo(descriptor: number, chunks: Buffer[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(descriptor, chunks, position, (error, count) => (error === null ? resolve(count) : reject(error)))
  })
}

import type { Hash } from 'node:crypto'
import { fdatasync, writev } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { fileErrorCode } from '../file-error.ts'
import { algorithmOf, type Digest, hasherFor } from '../oci/digest.ts'
import { Growth } from '../streams/growth.ts'
import { Overflow, type OverflowTiming } from '../streams/overflow.ts'
import type { SharedFile } from '../streams/shared-file.ts'
import { DigestMismatch } from './errors.ts'
import type { HeldIngest, Ingest } from './ingest.ts'
import { OverflowHold } from './overflow-hold.ts'

const sync = promisify(fdatasync)

/** What may wait for the disk before `write` makes its caller wait too: keeps the disk busy while we hash. */
const WRITE_BEHIND_BYTES = 2 * 1024 * 1024

/** Read size when a partial file is hashed again. */
const REHASH_CHUNK_BYTES = 1024 * 1024

type State = 'open' | 'verified' | 'closed'

export interface DiskIngestParts {
  readonly digest: Digest
  readonly path: string
  readonly file: SharedFile
  /** What an earlier ingest left in the file. */
  readonly resumedBytes: number
  readonly timing: OverflowTiming | undefined
  readonly onClose: () => void
}

/** An ingest into one local file. */
export class DiskIngest implements Ingest {
  readonly digest: Digest
  readonly path: string
  readonly growth: Growth
  readonly #file: SharedFile
  readonly #overflow: Overflow
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

  constructor({ digest, path, file, resumedBytes, timing, onClose }: DiskIngestParts) {
    this.digest = digest
    this.path = path
    this.growth = new Growth(resumedBytes)
    this.#file = file
    this.#overflow = new Overflow(timing)
    this.#hash = hasherFor(digest)
    this.#resumedBytes = resumedBytes
    this.#onClose = onClose
  }

  get acceptedBytes(): number {
    return this.growth.writtenBytes + this.#queuedBytes
  }

  get kept(): boolean {
    return this.#overflow.startBytes === undefined
  }

  get joinable(): boolean {
    return this.kept
  }

  async write(chunk: Buffer): Promise<void> {
    await this.#beginAgain()
    if (this.#failure !== undefined) throw this.#failure
    this.#hash.update(chunk)
    if (!this.kept) {
      await this.#passOn(chunk)
      return
    }
    this.#queue.push(chunk)
    this.#queuedBytes += chunk.length
    this.#flushing ??= this.#flush()
    if (this.#queuedBytes >= WRITE_BEHIND_BYTES) await this.#flushing
  }

  pass(): void {
    this.#assertOpen()
    if (!this.kept) return
    this.#failure = undefined
    const left = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    this.#overflow.begin(this.growth.writtenBytes)
    // These were taken already: nobody waits for their room, and who reads them is asked with the next chunk.
    for (const chunk of left) this.#passOn(chunk).catch(() => {})
  }

  async flush(): Promise<void> {
    await this.#flushing
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

  hold(): HeldIngest | undefined {
    if (this.#state === 'closed' || !this.joinable) return undefined
    return new OverflowHold(this.#file, this.#overflow, this.growth)
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
    if (this.#state !== 'verified' || !this.kept) {
      throw new Error(`the ingest of ${this.digest} is not verified, or not in its file`)
    }
    await sync(this.#file.descriptor)
  }

  async #letGo(keepFile: boolean): Promise<void> {
    this.#state = 'closed'
    await this.#rehashed?.catch(() => {})
    await this.#flushing
    try {
      await this.#file.release()
      // A part that did not fit is in the way of what would.
      if (!keepFile || !this.kept) await removeFile(this.path)
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

  #passOn(chunk: Buffer): Promise<void> {
    const taken = this.#overflow.append(chunk)
    this.growth.advance(chunk.length)
    return taken
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0 && this.#failure === undefined) {
      const chunks = this.#queue
      this.#queue = []
      try {
        await this.#append(chunks)
      } catch (error) {
        this.#failure = error as Error
        // What the file did not take is still there for `pass`.
        this.#queue = [...chunks, ...this.#queue]
      }
    }
    this.#flushing = undefined
  }

  /** Takes out of `chunks` what is in the file. */
  async #append(chunks: Buffer[]): Promise<void> {
    while (chunks.length > 0) {
      let count = await appendTo(this.#file.descriptor, chunks, this.growth.writtenBytes)
      this.#queuedBytes -= count
      this.growth.advance(count)
      // A write may be short (a disk that fills up, a signal): go on behind what was taken.
      let taken = 0
      for (const chunk of chunks) {
        if (count < chunk.length) break
        count -= chunk.length
        taken += 1
      }
      chunks.splice(0, taken)
      if (count > 0 && chunks[0] !== undefined) chunks[0] = chunks[0].subarray(count)
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

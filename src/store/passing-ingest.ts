import type { Hash } from 'node:crypto'
import { algorithmOf, type Digest, hasherFor } from '../oci/digest.ts'
import { Growth } from '../streams/growth.ts'
import { Overflow, type OverflowTiming } from '../streams/overflow.ts'
import { DigestMismatch } from './errors.ts'
import type { HeldIngest, Ingest } from './ingest.ts'
import { OverflowHold } from './overflow-hold.ts'

/** An ingest that keeps nothing: bytes are verified on their way to those who read them, and then gone. */
export class PassingIngest implements Ingest {
  readonly digest: Digest
  readonly growth = new Growth()
  readonly kept = false
  readonly #hash: Hash
  readonly #overflow: Overflow
  #closed = false

  constructor(digest: Digest, timing?: OverflowTiming) {
    this.digest = digest
    this.#hash = hasherFor(digest)
    this.#overflow = new Overflow(timing)
    this.#overflow.begin(0)
  }

  get acceptedBytes(): number {
    return this.growth.writtenBytes
  }

  get joinable(): boolean {
    return !this.#closed && this.#overflow.complete
  }

  async write(chunk: Buffer): Promise<void> {
    this.#assertOpen()
    this.#hash.update(chunk)
    const taken = this.#overflow.append(chunk)
    this.growth.advance(chunk.length)
    await taken
  }

  async isWhole(): Promise<boolean> {
    return false
  }

  async verify(): Promise<void> {
    this.#assertOpen()
    const actual = `${algorithmOf(this.digest)}:${this.#hash.digest('hex')}`
    if (actual !== this.digest) {
      const mismatch = new DigestMismatch(this.digest, actual)
      await this.abort(mismatch)
      throw mismatch
    }
    this.growth.verify()
  }

  pass(): void {}

  async flush(): Promise<void> {}

  hold(): HeldIngest | undefined {
    return this.joinable ? new OverflowHold(undefined, this.#overflow, this.growth) : undefined
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  suspend(reason: Error): Promise<void> {
    return this.abort(reason)
  }

  async abort(reason: Error): Promise<void> {
    this.growth.fail(reason)
    this.#closed = true
  }

  #assertOpen(): void {
    if (!this.#closed) return
    throw new Error(`the ingest of ${this.digest} is closed`, { cause: this.growth.failure })
  }
}

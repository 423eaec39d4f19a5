import { FileTruncated } from './file-range.ts'
import type { Growth } from './growth.ts'
import type { RangeReader } from './range-reader.ts'

/** Bytes that stay readable while somebody retains them; a `SharedFile`, for one. */
export interface RetainedBytes {
  retain(): this
  release(): Promise<void>
  /** Reads at `position` into the start of `into`; resolves with the count, 0 only past the end. */
  read(into: Buffer, length: number, position: number): Promise<number>
}

/**
 * Reads from `start` up to `end` (exclusive; absent: the end of the content) of a file that is still being
 * written, at the reader's own pace. Any number may follow one file; none of them slows the writer.
 */
export class FollowRange implements RangeReader {
  readonly #file: RetainedBytes
  readonly #growth: Growth
  #position: number
  readonly #end: number
  #disposed = false

  constructor(file: RetainedBytes, growth: Growth, start: number, end = Number.POSITIVE_INFINITY) {
    this.#file = file.retain()
    this.#growth = growth
    this.#position = start
    this.#end = end
  }

  async ready(): Promise<void> {
    while (this.#available() <= 0 && !this.#settled()) await this.#growth.changed()
    const { failure } = this.#growth
    if (failure !== undefined && this.#available() <= 0 && this.#position < this.#end) throw failure
  }

  async read(into: Buffer): Promise<number> {
    await this.ready()
    const available = this.#available()
    if (available <= 0 || this.#disposed) return 0
    const count = await this.#file.read(into, Math.min(into.length, available), this.#position)
    // What was written is gone: an end here would make a part look like the whole.
    if (count === 0) throw new FileTruncated(this.#position)
    this.#position += count
    return count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    await this.#file.release()
  }

  #available(): number {
    return Math.min(this.#growth.readableBytes, this.#end) - this.#position
  }

  #settled(): boolean {
    const { verified, failure } = this.#growth
    return this.#disposed || verified || failure !== undefined || this.#position >= this.#end
  }
}

import { FollowRange } from './follow.ts'
import type { Growth } from './growth.ts'
import type { Overflow, OverflowReader } from './overflow.ts'
import type { RangeReader } from './range-reader.ts'
import type { SharedFile } from './shared-file.ts'

/** Follows content from `start` up to `end` (exclusive), first in the file, as far as that goes, then in memory. */
export class OverflowRange implements RangeReader, OverflowReader {
  readonly #overflow: Overflow
  readonly #reader: FollowRange
  readonly #end: number
  #position: number

  /** @param file absent: nothing of it is on a disk */
  constructor(
    file: SharedFile | undefined,
    overflow: Overflow,
    growth: Growth,
    start: number,
    end = Number.POSITIVE_INFINITY,
  ) {
    this.#overflow = overflow
    this.#position = start
    this.#end = end
    this.#reader = new FollowRange(new SpilledBytes(file, overflow), growth, start, end)
    overflow.attach(this)
  }

  get position(): number {
    return this.#position >= this.#end ? Number.POSITIVE_INFINITY : this.#position
  }

  ready(): Promise<void> {
    return this.#reader.ready()
  }

  async read(into: Buffer): Promise<number> {
    const count = await this.#reader.read(into)
    this.#position += count
    this.#overflow.moved()
    return count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#overflow.detach(this)
    await this.#reader[Symbol.asyncDispose]()
  }
}

/** A file and what did not fit into it, as one. */
class SpilledBytes {
  readonly #file: SharedFile | undefined
  readonly #overflow: Overflow

  constructor(file: SharedFile | undefined, overflow: Overflow) {
    this.#file = file
    this.#overflow = overflow
  }

  retain(): this {
    this.#file?.retain()
    return this
  }

  async release(): Promise<void> {
    await this.#file?.release()
  }

  async read(into: Buffer, length: number, position: number): Promise<number> {
    const { startBytes = Number.POSITIVE_INFINITY } = this.#overflow
    if (this.#file === undefined || position >= startBytes) return this.#overflow.copy(into, length, position)
    return this.#file.read(into, Math.min(length, startBytes - position), position)
  }
}

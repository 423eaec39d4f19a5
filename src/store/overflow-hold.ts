import type { Growth } from '../streams/growth.ts'
import type { Overflow, OverflowReader } from '../streams/overflow.ts'
import { OverflowRange } from '../streams/overflow-range.ts'
import type { RangeReader } from '../streams/range-reader.ts'
import type { SharedFile } from '../streams/shared-file.ts'
import type { HeldIngest } from './ingest.ts'

/** A hold of content that is on its way. Until something is read it may be read from the first byte. */
export class OverflowHold implements HeldIngest, OverflowReader {
  readonly position = 0
  readonly #file: SharedFile | undefined
  readonly #overflow: Overflow
  readonly #growth: Growth
  #released: Promise<void> | undefined

  constructor(file: SharedFile | undefined, overflow: Overflow, growth: Growth) {
    this.#file = file?.retain()
    this.#overflow = overflow
    this.#growth = growth
    overflow.attach(this)
  }

  read(start: number, end?: number): RangeReader {
    const reader = new OverflowRange(this.#file, this.#overflow, this.#growth, start, end)
    this.#overflow.detach(this)
    return reader
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#overflow.detach(this)
    this.#released ??= Promise.resolve(this.#file?.release())
    return this.#released
  }
}

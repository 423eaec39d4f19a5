import type { RangeReader } from './range-reader.ts'

/** A range of bytes that are in memory. */
export class MemoryRange implements RangeReader {
  #rest: Buffer

  constructor(bytes: Buffer) {
    this.#rest = bytes
  }

  async ready(): Promise<void> {}

  async read(into: Buffer): Promise<number> {
    const count = this.#rest.copy(into)
    this.#rest = this.#rest.subarray(count)
    return count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rest = this.#rest.subarray(0, 0)
  }
}

import type { RangeReader } from '../streams/range-reader.ts'
import type { Lease } from './leases.ts'

/** A reader that keeps what it reads from being evicted until it is disposed. */
export class LeasedRange implements RangeReader {
  readonly #reader: RangeReader
  readonly #lease: Lease

  constructor(reader: RangeReader, lease: Lease) {
    this.#reader = reader
    this.#lease = lease
  }

  ready(): Promise<void> {
    return this.#reader.ready()
  }

  read(into: Buffer): Promise<number> {
    return this.#reader.read(into)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#reader[Symbol.asyncDispose]()
    } finally {
      this.#lease.release()
    }
  }
}

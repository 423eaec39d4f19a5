import type { Digest } from '../oci/digest.ts'
import type { Blob } from '../store/blob-store.ts'
import { MemoryRange } from '../streams/memory-range.ts'
import type { RangeReader } from '../streams/range-reader.ts'

/** A small blob that is in memory: a config, or a manifest that is asked for as a blob. */
export class MemoryBlob implements Blob {
  readonly digest: Digest
  readonly sizeBytes: number
  readonly #bytes: Buffer

  constructor(digest: Digest, bytes: Buffer) {
    this.digest = digest
    this.sizeBytes = bytes.length
    this.#bytes = bytes
  }

  read(start: number, end: number): RangeReader {
    return new MemoryRange(this.#bytes.subarray(start, end))
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

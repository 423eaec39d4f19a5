import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { GrowingTrace } from '../trace-sender.ts'

const PIECE_BYTES = 1024 * 1024

/** The log of a job that runs no more, in the file that an earlier process wrote. */
export class KeptTrace implements GrowingTrace, Disposable {
  readonly sizeBytes: number
  readonly checksum: number
  readonly #descriptor: number

  /** @param lastWords added to what is there; a log that is missing begins with them */
  constructor(path: string, lastWords: string) {
    appendFileSync(path, lastWords, { mode: 0o600 })
    this.#descriptor = openSync(path, 'r')
    this.sizeBytes = fstatSync(this.#descriptor).size
    let checksum = 0
    for (let at = 0; at < this.sizeBytes; at += PIECE_BYTES)
      checksum = crc32(this.read(at, PIECE_BYTES), checksum)
    this.checksum = checksum
  }

  read(start: number, maxBytes: number): Buffer {
    const chunk = Buffer.alloc(Math.max(0, Math.min(maxBytes, this.sizeBytes - start)))
    return chunk.subarray(0, readSync(this.#descriptor, chunk, 0, chunk.length, start))
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}

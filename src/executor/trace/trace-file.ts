import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Log } from '../../log.ts'
import type { TraceSink } from './trace-sink.ts'

/** A log in a file, from which it is sent piece by piece: in memory is none of it. The file is gone when it is closed, unless it is kept. */
export class TraceFile implements TraceSink, Disposable {
  readonly #path: string
  readonly #log: Log
  readonly #descriptor: number
  #sizeBytes = 0
  #checksum = 0
  #hasFailed = false
  #isKept = false

  /** @param path of a new file; readable by this user only: a log is no secret, and nobody's business */
  constructor(path: string, log: Log) {
    this.#path = path
    this.#log = log
    this.#descriptor = openSync(path, 'wx+', 0o600)
  }

  write(chunk: Buffer): void {
    if (this.#hasFailed) return
    try {
      for (let at = 0; at < chunk.length; ) {
        const count = writeSync(this.#descriptor, chunk, at, chunk.length - at, this.#sizeBytes)
        this.#checksum = crc32(chunk.subarray(at, at + count), this.#checksum)
        this.#sizeBytes += count
        at += count
      }
    } catch (error) {
      // A full disk must not end the job: its log ends here.
      this.#hasFailed = true
      this.#log.warn(
        { event: 'job_log.unwritten', err: error, path: this.#path },
        'the log of a job cannot be written any more',
      )
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** CRC-32 (IEEE) of all that was written, as servers check it. */
  get checksum(): number {
    return this.#checksum
  }

  /** @returns what there is from `start` on, at most so much */
  read(start: number, maxBytes: number): Buffer {
    const chunk = Buffer.alloc(Math.max(0, Math.min(maxBytes, this.#sizeBytes - start)))
    return chunk.subarray(0, readSync(this.#descriptor, chunk, 0, chunk.length, start))
  }

  /** For another process: the file stays when this is closed. */
  keep(): void {
    this.#isKept = true
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
    if (!this.#isKept) rmSync(this.#path, { force: true })
  }
}

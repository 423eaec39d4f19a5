import { closeSync, openSync, writeSync } from 'node:fs'
import type { TraceSink } from '../../executor/trace/trace-sink.ts'
import type { Log } from '../../log.ts'

/** The log of a job in a file that stays. */
export class LogFile implements TraceSink, Disposable {
  readonly #path: string
  readonly #log: Log
  readonly #descriptor: number
  #hasFailed = false

  /** @param path of a new file */
  constructor(path: string, log: Log) {
    this.#path = path
    this.#log = log
    this.#descriptor = openSync(path, 'wx', 0o600)
  }

  write(chunk: Buffer): void {
    if (this.#hasFailed) return
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(this.#descriptor, chunk, at)
    } catch (error) {
      // A full disk must not end the job: its log ends here.
      this.#hasFailed = true
      this.#log.warn(
        { event: 'job_log.unwritten', err: error, path: this.#path },
        'the log of a job cannot be written any more',
      )
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}

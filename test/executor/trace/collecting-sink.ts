import type { TraceSink } from '../../../src/executor/trace/trace-sink.ts'

/** Keeps all of a log in memory. */
export class CollectingSink implements TraceSink {
  readonly #chunks: Buffer[] = []

  write(chunk: Buffer): void {
    this.#chunks.push(Buffer.from(chunk))
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  get text(): string {
    return this.bytes.toString()
  }
}

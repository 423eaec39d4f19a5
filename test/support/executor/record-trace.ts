import type { TraceStream, TraceWriter } from '../../../src/executor/executor.ts'

/** A log that keeps what containers wrote apart from what was said of them. */
export class RecordTrace implements TraceWriter {
  readonly lines: string[] = []
  readonly #chunks: { readonly stream: TraceStream; readonly chunk: Buffer }[] = []

  write(chunk: Buffer, stream: TraceStream): void {
    this.#chunks.push({ stream, chunk: Buffer.from(chunk) })
  }

  info(text: string): void {
    this.lines.push(text)
  }

  line(text: string): void {
    this.lines.push(text)
  }

  warn(text: string): void {
    this.lines.push(`WARNING: ${text}`)
  }

  error(text: string): void {
    this.lines.push(`ERROR: ${text}`)
  }

  bytesOf(stream: TraceStream): Buffer {
    return Buffer.concat(this.#chunks.filter((entry) => entry.stream === stream).map(({ chunk }) => chunk))
  }

  textOf(stream: TraceStream): string {
    return this.bytesOf(stream).toString()
  }
}

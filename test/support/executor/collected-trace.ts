import type { TraceStream, TraceWriter } from '../../../src/executor/executor.ts'

/** Keeps what a job's log would show. */
export class CollectedTrace implements TraceWriter {
  readonly #chunks: { readonly bytes: Buffer; readonly stream: TraceStream | 'ours' }[] = []

  write(chunk: Buffer, stream: TraceStream): void {
    this.#chunks.push({ bytes: Buffer.from(chunk), stream })
  }

  info(text: string): void {
    this.#line(text)
  }

  line(text: string): void {
    this.#line(text)
  }

  warn(text: string): void {
    this.#line(`WARNING: ${text}`)
  }

  error(text: string): void {
    this.#line(`ERROR: ${text}`)
  }

  /** What containers wrote. */
  get output(): string {
    return this.#text((stream) => stream !== 'ours')
  }

  get stdout(): string {
    return this.#text((stream) => stream === 'stdout')
  }

  get stderr(): string {
    return this.#text((stream) => stream === 'stderr')
  }

  /** Our own lines. */
  get lines(): string {
    return this.#text((stream) => stream === 'ours')
  }

  #line(text: string): void {
    this.#chunks.push({ bytes: Buffer.from(`${text}\n`), stream: 'ours' })
  }

  #text(isMeant: (stream: TraceStream | 'ours') => boolean): string {
    const chunks = this.#chunks.filter(({ stream }) => isMeant(stream)).map(({ bytes }) => bytes)
    return Buffer.concat(chunks).toString('utf8')
  }
}

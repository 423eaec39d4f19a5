import { type ByteFilter, NO_BYTES } from './byte-filter.ts'
import type { LineStamp } from './line-stamp.ts'

/** What one stream is written to. */
export interface ChannelSink {
  write(chunk: Buffer): void
}

/** One stream into a log: secrets hidden, then what is no UTF-8 replaced, then lines stamped. */
export class TraceChannel {
  readonly #sink: ChannelSink
  readonly #stamp: LineStamp | undefined
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  #filters: readonly ByteFilter[]

  constructor(sink: ChannelSink, filters: readonly ByteFilter[], stamp: LineStamp | undefined) {
    this.#sink = sink
    this.#filters = filters
    this.#stamp = stamp
  }

  write(chunk: Buffer): void {
    this.#pass(this.#filters.reduce((bytes, filter) => filter.push(bytes), chunk))
  }

  /** Writes what was held back: a secret that is cut here is not found. */
  flush(): void {
    this.#endFilters()
    const text = this.#decoder.decode()
    this.#emit((this.#stamp?.push(text) ?? text) + (this.#stamp?.end() ?? ''))
  }

  /** From here on other things are hidden. */
  replaceFilters(filters: readonly ByteFilter[]): void {
    this.#endFilters()
    this.#filters = filters
  }

  #endFilters(): void {
    this.#pass(
      this.#filters.reduce((bytes, filter) => Buffer.concat([filter.push(bytes), filter.end()]), NO_BYTES),
    )
  }

  #pass(bytes: Buffer): void {
    const text = this.#decoder.decode(bytes, { stream: true })
    this.#emit(this.#stamp?.push(text) ?? text)
  }

  #emit(text: string): void {
    if (text !== '') this.#sink.write(Buffer.from(text))
  }
}

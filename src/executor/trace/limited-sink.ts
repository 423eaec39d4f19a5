import type { TraceStream } from '../executor.ts'
import type { TraceSink } from './trace-sink.ts'

/** Passes on so many bytes, then says so, and passes on nothing more. Never ends in the middle of a character. */
export class LimitedSink implements TraceSink {
  readonly #sink: TraceSink
  readonly #limitBytes: number
  #bytes = 0
  #isOver = false

  constructor(sink: TraceSink, limitBytes: number) {
    this.#sink = sink
    this.#limitBytes = limitBytes
  }

  /** @param chunk UTF-8 of whole characters */
  write(chunk: Buffer, stream: TraceStream = 'stdout'): void {
    if (this.#isOver || chunk.length === 0) return
    const room = this.#limitBytes - this.#bytes
    if (chunk.length <= room) {
      this.#bytes += chunk.length
      this.#sink.write(chunk, stream)
      return
    }
    this.#isOver = true
    let end = room
    while (end > 0 && isContinuation(chunk[end])) end--
    this.#sink.write(chunk.subarray(0, end), stream)
    this.#sink.write(
      Buffer.from(
        `\n\x1b[33;1mJob's log exceeded limit of ${this.#limitBytes} bytes.\n` +
          'Job execution will continue but no more output will be collected.\x1b[0;m\n',
      ),
      stream,
    )
  }

  /** Whether anything that is written now is lost. */
  get isOver(): boolean {
    return this.#isOver
  }
}

/** Of UTF-8: not the first byte of a character. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}

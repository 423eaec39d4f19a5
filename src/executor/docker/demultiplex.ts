import type { TraceStream } from '../executor.ts'

/** Engine API, "Attach to a container", stream format: stream, three zeros, size as four bytes, content. */
const HEADER_BYTES = 8

/**
 * Takes the two outputs of a container apart, in any pieces they come in. Content is passed on as it is, without
 * waiting for the end of a frame.
 */
export class Demultiplexer {
  readonly #emit: (chunk: Buffer, stream: TraceStream) => void
  #header = Buffer.alloc(0)
  #stream: TraceStream = 'stdout'
  #leftBytes = 0

  constructor(emit: (chunk: Buffer, stream: TraceStream) => void) {
    this.#emit = emit
  }

  push(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0) rest = this.#leftBytes > 0 ? this.#takeContent(rest) : this.#takeHeader(rest)
  }

  #takeContent(chunk: Buffer): Buffer {
    const content = chunk.subarray(0, this.#leftBytes)
    this.#leftBytes -= content.length
    this.#emit(content, this.#stream)
    return chunk.subarray(content.length)
  }

  #takeHeader(chunk: Buffer): Buffer {
    const taken = chunk.subarray(0, HEADER_BYTES - this.#header.length)
    this.#header = Buffer.concat([this.#header, taken])
    if (this.#header.length === HEADER_BYTES) {
      this.#stream = this.#header[0] === 2 ? 'stderr' : 'stdout'
      this.#leftBytes = this.#header.readUInt32BE(4)
      this.#header = Buffer.alloc(0)
    }
    return chunk.subarray(taken.length)
  }
}

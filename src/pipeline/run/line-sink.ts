import type { TraceStream } from '../../executor/executor.ts'
import type { TraceSink } from '../../executor/trace/trace-sink.ts'

/** A line that never ends is told in pieces: memory does not grow with it. */
const MAX_LINE_LENGTH = 64 * 1024

/** Cuts a job's log into lines, each stream for itself. */
export class LineSink implements TraceSink {
  readonly #tell: (stream: TraceStream, line: string) => void
  readonly #begun = new Map<TraceStream, string>()

  /** @param tell given each line without its end */
  constructor(tell: (stream: TraceStream, line: string) => void) {
    this.#tell = tell
  }

  /** @param chunk whole characters */
  write(chunk: Buffer, stream: TraceStream): void {
    const lines = `${this.#begun.get(stream) ?? ''}${chunk.toString()}`.split('\n')
    let begun = lines.pop() ?? ''
    for (const line of lines) this.#tell(stream, line.replace(/\r$/, ''))
    for (; begun.length > MAX_LINE_LENGTH; begun = begun.slice(MAX_LINE_LENGTH))
      this.#tell(stream, begun.slice(0, MAX_LINE_LENGTH))
    this.#begun.set(stream, begun)
  }

  /** Tells what has no end yet: nothing more comes. */
  end(): void {
    for (const [stream, line] of this.#begun) if (line !== '') this.#tell(stream, line)
    this.#begun.clear()
  }
}

import { findBegunPhrase } from './begun-phrase.ts'
import { type ByteFilter, MASKED, NO_BYTES } from './byte-filter.ts'

export interface ValueRule {
  /** What stands before a value to hide: `glpat-`, `&private_token=`. ASCII. */
  readonly markers: readonly string[]
  /** In lower case then. */
  readonly ignoresCase: boolean
  /** Whether a byte still belongs to the value. */
  readonly continues: (byte: number) => boolean
}

/** Hides what follows a marker: values that nobody told of, known by how they look. Of a value nothing is held back. */
export class ValueMask implements ByteFilter {
  readonly #markers: readonly Buffer[]
  readonly #rule: ValueRule
  #held: Buffer = NO_BYTES
  #place: 'text' | 'behind marker' | 'in value' = 'text'

  constructor(rule: ValueRule) {
    this.#rule = rule
    this.#markers = rule.markers
      .filter((marker) => marker !== '')
      .map((marker) => Buffer.from(marker))
      .sort((a, b) => b.length - a.length)
  }

  push(chunk: Buffer): Buffer {
    return this.#markers.length === 0 ? chunk : this.#run(Buffer.concat([this.#held, chunk]), false)
  }

  end(): Buffer {
    const output = this.#run(this.#held, true)
    this.#place = 'text'
    return output
  }

  #run(buffer: Buffer, isEnd: boolean): Buffer {
    const searched = this.#rule.ignoresCase
      ? Buffer.from(buffer.toString('latin1').toLowerCase(), 'latin1')
      : buffer
    const output: Buffer[] = []
    let at = 0
    for (;;) {
      if (this.#place !== 'text') {
        const end = this.#endOfValue(buffer, at)
        if (end > at && this.#place === 'behind marker') output.push(MASKED)
        if (end > at) this.#place = 'in value'
        at = end
        if (at === buffer.length) break
        this.#place = 'text'
      }
      const found = this.#findMarker(searched, at)
      const begun = isEnd ? buffer.length : findBegunPhrase(searched, at, this.#markers)
      // A marker that began earlier, or is longer, must be waited for.
      if (found === undefined || begun <= found.start) {
        output.push(buffer.subarray(at, begun))
        at = begun
        break
      }
      output.push(buffer.subarray(at, found.end))
      at = found.end
      this.#place = 'behind marker'
    }
    this.#held = buffer.subarray(at)
    return Buffer.concat(output)
  }

  #endOfValue(buffer: Buffer, from: number): number {
    for (let at = from; at < buffer.length; at++) {
      if (!this.#rule.continues(buffer[at] ?? 0)) return at
    }
    return buffer.length
  }

  /** The first marker; of several at one place the longest. */
  #findMarker(buffer: Buffer, from: number): { start: number; end: number } | undefined {
    let first: { start: number; end: number } | undefined
    for (const marker of this.#markers) {
      const start = buffer.indexOf(marker, from)
      if (start !== -1 && start < (first?.start ?? buffer.length))
        first = { start, end: start + marker.length }
    }
    return first
  }
}

import { findBegunPhrase } from './begun-phrase.ts'
import { type ByteFilter, MASKED, NO_BYTES } from './byte-filter.ts'

interface Span {
  readonly start: number
  end: number
}

/**
 * Hides phrases, wherever chunks are cut. Phrases that overlap are hidden together, behind one mask: nothing of
 * either is left. Holds back no more than the longest phrase.
 */
export class PhraseMask implements ByteFilter {
  readonly #phrases: readonly Buffer[]
  #held: Buffer = NO_BYTES
  /** So much of the beginning of what is held is behind a mask that was written. */
  #coveredBytes = 0

  constructor(phrases: readonly Buffer[]) {
    this.#phrases = phrases.filter(({ length }) => length > 0)
  }

  push(chunk: Buffer): Buffer {
    if (this.#phrases.length === 0) return chunk
    const buffer = Buffer.concat([this.#held, chunk])
    return this.#write(buffer, findBegunPhrase(buffer, 0, this.#phrases))
  }

  end(): Buffer {
    return this.#write(this.#held, this.#held.length)
  }

  /** @param limit what is behind it is not known yet */
  #write(buffer: Buffer, limit: number): Buffer {
    const output: Buffer[] = []
    let written = this.#coveredBytes
    for (const { start, end } of this.#spansOf(buffer)) {
      if (start >= limit) break
      if (start >= this.#coveredBytes) output.push(buffer.subarray(written, start), MASKED)
      written = Math.max(written, end)
    }
    if (written < limit) output.push(buffer.subarray(written, limit))
    this.#coveredBytes = Math.max(0, written - limit)
    this.#held = buffer.subarray(limit)
    return Buffer.concat(output)
  }

  /** Where phrases are, in order; those that overlap are one, also with what is covered already. */
  #spansOf(buffer: Buffer): readonly Span[] {
    const found: Span[] = this.#coveredBytes === 0 ? [] : [{ start: 0, end: this.#coveredBytes }]
    const covered = found.length
    for (const phrase of this.#phrases) {
      for (let at = buffer.indexOf(phrase); at !== -1; at = buffer.indexOf(phrase, at + 1)) {
        found.push({ start: at, end: at + phrase.length })
      }
    }
    if (found.length === covered) return found
    found.sort((a, b) => a.start - b.start)
    const spans: Span[] = []
    for (const span of found) {
      const last = spans.at(-1)
      if (last !== undefined && span.start < last.end) last.end = Math.max(last.end, span.end)
      else spans.push(span)
    }
    return spans
  }
}

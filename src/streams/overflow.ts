/** What may be in memory of one blob: as much as may wait for the disk otherwise. */
export const OVERFLOW_BYTES = 2 * 1024 * 1024

/** A writer that had to wait goes on when so much is left: few long rests cost less than many short ones. */
const GO_ON_BYTES = OVERFLOW_BYTES / 2

export interface OverflowTiming {
  /** How long, in milliseconds, a reader may hold up others who have read more. */
  readonly sharedMs: number
  /** How long, in milliseconds, the slowest may hold up nobody but the download itself. */
  readonly aloneMs: number
}

const DEFAULT_TIMING: OverflowTiming = { sharedMs: 10_000, aloneMs: 60_000 }

/** Nobody wants the bytes any more, and nothing keeps them. */
export class NobodyReads extends Error {
  override readonly name = 'NobodyReads'

  constructor() {
    super('nobody reads on, and the storage takes nothing')
  }
}

/** Bytes that are passed on without being kept were gone before this reader came for them. */
export class ReaderTooSlow extends Error {
  override readonly name = 'ReaderTooSlow'

  constructor(position: number) {
    super(`byte ${position} was not fetched in time: the storage is in trouble, and nothing can be kept`)
  }
}

/** One reader: how far it has got. Infinity wants nothing more. */
export interface OverflowReader {
  readonly position: number
}

/**
 * The part of growing content that no disk takes: a window in memory that moves on with the slowest reader.
 * Who holds up the others for too long is dropped, and finds its bytes gone.
 */
export class Overflow {
  readonly #timing: OverflowTiming
  readonly #readers = new Set<OverflowReader>()
  #startBytes: number | undefined
  #chunks: Buffer[] = []
  #baseBytes = 0
  #bytes = 0
  #onMove: () => void = () => {}

  constructor(timing: OverflowTiming = DEFAULT_TIMING) {
    this.#timing = timing
  }

  /** The first byte that no disk took; undefined while the disk takes everything. */
  get startBytes(): number | undefined {
    return this.#startBytes
  }

  /** Whether everything that ever came is still here. */
  get complete(): boolean {
    return this.#startBytes === undefined || this.#baseBytes === this.#startBytes
  }

  /** From `position` on the disk takes nothing. */
  begin(position: number): void {
    this.#startBytes = position
    this.#baseBytes = position
  }

  attach(reader: OverflowReader): void {
    this.#readers.add(reader)
  }

  detach(reader: OverflowReader): void {
    if (this.#readers.delete(reader)) this.moved()
  }

  /** A reader has got further. */
  moved(): void {
    if (this.#startBytes === undefined) return
    this.#forget()
    this.#onMove()
  }

  /**
   * Takes a chunk. Resolves when the next one may come.
   * @throws NobodyReads
   */
  async append(chunk: Buffer): Promise<void> {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    this.#forget()
    if (this.#readers.size === 0) throw new NobodyReads()
    if (this.#bytes > OVERFLOW_BYTES) await this.#drained()
  }

  /**
   * Copies what is here from `position` on, at most `length` bytes.
   * @throws ReaderTooSlow
   */
  copy(into: Buffer, length: number, position: number): number {
    if (position < this.#baseBytes) throw new ReaderTooSlow(position)
    let skipBytes = position - this.#baseBytes
    let copied = 0
    for (const chunk of this.#chunks) {
      if (copied >= length) break
      if (skipBytes >= chunk.length) {
        skipBytes -= chunk.length
        continue
      }
      copied += chunk.copy(into, copied, skipBytes, Math.min(chunk.length, skipBytes + length - copied))
      skipBytes = 0
    }
    return copied
  }

  async #drained(): Promise<void> {
    const since = performance.now()
    while (this.#bytes > GO_ON_BYTES) {
      if (this.#readers.size === 0) throw new NobodyReads()
      const behind = [...this.#readers].filter(({ position }) => this.#isBehind(position))
      const allowedMs = behind.length < this.#readers.size ? this.#timing.sharedMs : this.#timing.aloneMs
      const leftMs = allowedMs - (performance.now() - since)
      if (leftMs > 0) {
        await this.#nextMove(leftMs)
      } else {
        for (const reader of behind) this.#readers.delete(reader)
        this.#forget()
      }
    }
  }

  /** Whether this reader keeps the window from getting as small as it has to. */
  #isBehind(position: number): boolean {
    return position < this.#baseBytes + this.#bytes - GO_ON_BYTES
  }

  #nextMove(atMostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, atMostMs)
      this.#onMove = () => {
        clearTimeout(timer)
        this.#onMove = () => {}
        resolve()
      }
    })
  }

  /** Lets go of what every reader has read. */
  #forget(): void {
    let slowest = Number.POSITIVE_INFINITY
    for (const { position } of this.#readers) slowest = Math.min(slowest, position)
    if (this.#readers.size === 0) return
    let dropped = 0
    for (const chunk of this.#chunks) {
      if (this.#baseBytes + chunk.length > slowest) break
      this.#baseBytes += chunk.length
      this.#bytes -= chunk.length
      dropped += 1
    }
    if (dropped > 0) this.#chunks.splice(0, dropped)
  }
}

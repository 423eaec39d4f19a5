import type { HeldIngest } from '../store/ingest.ts'
import type { Growth } from '../streams/growth.ts'
import type { RangeReader } from '../streams/range-reader.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type { SideDownload } from './side-download.ts'

const NOTHING: Buffer = Buffer.alloc(0)

const CHANGED = Symbol('the download that is followed has changed')

export interface SideRangeParts {
  readonly held: HeldIngest
  readonly growth: Growth
  readonly side: SideDownload
  readonly start: number
  /** Exclusive. */
  readonly end: number
  /** The side download did not bring what it should. */
  readonly onTrouble: (error: UpstreamError) => void
}

/**
 * Reads a range that is far ahead of a running download from a request of its own, and follows the download
 * from wherever that request ends: when it fails, or when the download has got there.
 */
export class SideRange implements RangeReader {
  readonly #held: HeldIngest
  readonly #growth: Growth
  readonly #end: number
  readonly #onTrouble: (error: UpstreamError) => void
  #side: SideDownload | undefined
  /** Keeps what the download brings within reach, so it is there from the beginning. */
  #follower: RangeReader
  #followsFrom: number
  #position: number
  #chunk = NOTHING
  #next: Promise<Buffer | undefined> | undefined
  #disposed = false

  constructor({ held, growth, side, start, end, onTrouble }: SideRangeParts) {
    this.#held = held
    this.#growth = growth
    this.#side = side
    this.#end = end
    this.#onTrouble = onTrouble
    this.#position = start
    this.#followsFrom = start
    this.#follower = held.read(start, end)
  }

  async ready(): Promise<void> {
    while (this.#side !== undefined && !this.#disposed && this.#position < this.#end) {
      // Content that turned out to be bad is not read on elsewhere.
      if (this.#growth.failure !== undefined || this.#growth.readableBytes > this.#position) {
        await this.#leaveSide()
      } else if (this.#chunk.length > 0) {
        return
      } else {
        await this.#receive(this.#side)
      }
    }
    if (this.#side === undefined) await this.#follower.ready()
  }

  async read(into: Buffer): Promise<number> {
    await this.ready()
    if (this.#disposed) return 0
    if (this.#side === undefined) return this.#follower.read(into)
    const count = this.#chunk.copy(into)
    this.#chunk = this.#chunk.subarray(count)
    this.#position += count
    return count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    this.#next?.catch(() => {})
    await this.#side?.[Symbol.asyncDispose]()
    await this.#follower[Symbol.asyncDispose]()
  }

  /** Waits for the next chunk, or for the download to get on: it may be here first. */
  async #receive(side: SideDownload): Promise<void> {
    this.#next ??= side.next()
    try {
      const received = await Promise.race([this.#next, this.#growth.changed().then(() => CHANGED)])
      if (typeof received === 'symbol') return
      this.#next = undefined
      this.#chunk = received ?? NOTHING
      if (this.#chunk.length > 0) return
    } catch (error) {
      if (this.#disposed) return
      if (!(error instanceof UpstreamError)) throw error
      this.#onTrouble(error)
    }
    await this.#leaveSide()
  }

  async #leaveSide(): Promise<void> {
    const side = this.#side
    this.#side = undefined
    // Nobody waits for it any more, and nobody has to hear how it ends.
    this.#next?.catch(() => {})
    this.#chunk = NOTHING
    await side?.[Symbol.asyncDispose]()
    if (this.#disposed || this.#position === this.#followsFrom) return
    const before = this.#follower
    this.#follower = this.#held.read(this.#position, this.#end)
    this.#followsFrom = this.#position
    await before[Symbol.asyncDispose]()
  }
}

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import { isStillAhead } from '../still-ahead.ts'
import type { Verified, Verifier } from './verify.ts'

/** Disks lose bits in months, not in hours. */
export const SCRUB_EVERY_MS = 7 * 24 * 60 * 60 * 1000

/** A server that has just started has more urgent things to read. */
export const FIRST_REST_MS = 5 * 60 * 1000

/** So much of the work may be done again after a restart. */
const SAVE_EVERY_MS = 30_000

/** When the storage fails under it, it comes back later. */
const RETRY_MS = 60 * 60 * 1000

/** How far a pass has got. */
export interface ScrubMark {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** The last blob that was hashed. */
  readonly after: Digest | undefined
  readonly finished: boolean
}

/** Outlives the process. */
export interface ScrubMarks {
  load(): Promise<ScrubMark | undefined>
  save(mark: ScrubMark): Promise<void>
}

class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** Hashes everything again once a week, slowly, and goes on after a restart where it was. Repairs what it finds. */
export class Scrub {
  readonly #verifier: Verifier
  readonly #marks: ScrubMarks
  readonly #bytesPerSecond: number
  readonly #clock: Clock
  readonly #log: Log
  readonly #stop = new AbortController()
  #pass: AbortController | undefined
  #running: Promise<void> | undefined

  /** @param parts.bytesPerSecond 0: never */
  constructor(parts: {
    verifier: Verifier
    marks: ScrubMarks
    bytesPerSecond: number
    clock: Clock
    log: Log
  }) {
    this.#verifier = parts.verifier
    this.#marks = parts.marks
    this.#bytesPerSecond = parts.bytesPerSecond
    this.#clock = parts.clock
    this.#log = parts.log
  }

  /** Begins in the background, until `stop`. */
  start(): void {
    if (this.#bytesPerSecond > 0) this.#running ??= this.#loop()
  }

  /** Makes place for a run of the verifier that somebody waits for; goes on behind it. */
  interrupt(): void {
    this.#pass?.abort(new Interrupted())
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.interrupt()
    await this.#running
  }

  async #loop(): Promise<void> {
    await this.#rest(FIRST_REST_MS)
    while (!this.#stop.signal.aborted) {
      try {
        const mark = await this.#marks.load()
        const dueAt = mark?.finished === true ? mark.startedAt + SCRUB_EVERY_MS : 0
        const now = this.#clock.now()
        if (isStillAhead(dueAt, now, SCRUB_EVERY_MS)) await this.#rest(dueAt - now)
        else await this.#goOn(mark)
      } catch (error) {
        if (error instanceof Interrupted) continue
        this.#log.error({ event: 'scrub.failed', err: error }, 'what is kept could not be hashed again')
        await this.#rest(RETRY_MS)
      }
    }
  }

  async #goOn(mark: ScrubMark | undefined): Promise<void> {
    const unfinished = mark?.finished === false ? mark : undefined
    const startedAt = unfinished?.startedAt ?? this.#clock.now()
    let after = unfinished?.after
    let savedAt = this.#clock.now()
    this.#pass = new AbortController()
    try {
      const done = await this.#verifier.run({
        repair: true,
        after,
        bytesPerSecond: this.#bytesPerSecond,
        signal: this.#pass.signal,
        onBlob: async (digest) => {
          after = digest
          if (this.#clock.now() - savedAt < SAVE_EVERY_MS) return
          savedAt = this.#clock.now()
          await this.#marks.save({ startedAt, after, finished: false })
        },
      })
      await this.#marks.save({ startedAt, after: undefined, finished: true })
      this.#tell(done)
    } catch (error) {
      if (error instanceof Interrupted) await this.#marks.save({ startedAt, after, finished: false })
      throw error
    } finally {
      this.#pass = undefined
    }
  }

  #tell({ blobs, bytes, damaged }: Verified): void {
    const found = { event: 'scrub.done', blobs, bytes, damaged: damaged.length }
    this.#log.info(found, 'everything that is kept was hashed again')
  }

  async #rest(ms: number): Promise<void> {
    await this.#clock.sleep(ms, this.#stop.signal).catch(() => {})
  }
}

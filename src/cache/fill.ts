import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import { DigestMismatch, SizeMismatch } from '../store/errors.ts'
import type { Ingest } from '../store/ingest.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type { FetchedBlob } from '../upstream/upstream.ts'
import type { PullTarget } from './access.ts'
import type { Bandwidth } from './bandwidth.ts'
import type { FillCounts } from './cache-activity.ts'
import { PROGRESS_BYTES, waitBeforeRetry } from './resume-policy.ts'
import type { Reservation } from './space.ts'
import type { StorageHealth } from './storage-health.ts'

/** A download whose size nobody told is given room in steps of this. */
const RESERVE_STEP_BYTES = 1024 * 1024

/** The server is going down: what was downloaded stays, and is resumed. */
export class FillSuspended extends Error {
  override readonly name = 'FillSuspended'
}

export interface FillParts {
  readonly target: PullTarget
  readonly ingest: Ingest
  /** Size of the whole by a manifest that references it. */
  readonly expectedBytes: number | undefined
  /** Room for what is kept. Absent: nothing is kept. */
  readonly reservation: Reservation | undefined
  /** Of all downloads from the upstream together. Absent: as fast as it comes. */
  readonly bandwidth: Bandwidth | undefined
  readonly health: StorageHealth
  readonly counts: FillCounts
  readonly clock: Clock
  readonly log: Log
}

/**
 * One download of one blob: upstream -> ingest. Whoever wants the blob follows the ingest; nobody who reads
 * or leaves has any influence on it. `run` is called once.
 */
export class Fill {
  readonly target: PullTarget
  readonly digest: Digest
  /** Resolves when the upstream began to answer: from then on the blob can be followed. */
  readonly started: Promise<void>
  readonly ingest: Ingest
  /** Resolves when this download is no longer the one to join: its blob is in the store, or it failed. */
  readonly settled: Promise<void>
  readonly #expectedBytes: number | undefined
  readonly #reservation: Reservation | undefined
  readonly #bandwidth: Bandwidth | undefined
  readonly #health: StorageHealth
  readonly #counts: FillCounts
  readonly #clock: Clock
  readonly #log: Log
  readonly #stop = new AbortController()
  #begin: () => void = () => {}
  #refuse: (error: Error) => void = () => {}
  #settle: () => void = () => {}
  #hasStarted = false
  #leftBytes = 0
  /** How many requests this download took until now. */
  upstreamRequests = 0

  constructor(parts: FillParts) {
    this.target = parts.target
    this.digest = parts.ingest.digest
    this.ingest = parts.ingest
    this.#expectedBytes = parts.expectedBytes
    this.#bandwidth = parts.bandwidth
    this.settled = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#reservation = parts.reservation
    this.#health = parts.health
    this.#counts = parts.counts
    this.#clock = parts.clock
    this.#log = parts.log
    this.started = new Promise((resolve, reject) => {
      this.#begin = resolve
      this.#refuse = reject
    })
    // Whoever waits for the start gets the error there; with nobody waiting it is no unhandled rejection.
    this.started.catch(() => {})
    if (parts.expectedBytes !== undefined) this.ingest.growth.setTotal(parts.expectedBytes)
  }

  /** Size of the whole, when it is known. */
  get totalBytes(): number | undefined {
    return this.ingest.growth.totalBytes
  }

  settle(): void {
    this.#settle()
  }

  /** Gives back the room, but for what stays to be resumed. */
  release(): void {
    this.#reservation?.release(this.#leftBytes)
  }

  /** Stops the download and keeps what is there. */
  suspend(): void {
    this.#stop.abort(new FillSuspended('the server is stopping'))
  }

  /**
   * Downloads to the end and verifies. Afterwards the ingest is verified and waits for its commit.
   * @param onFailing called before any reader is told that it failed
   * @throws what ended it; the ingest is closed then, its partial file kept where it can be resumed
   */
  async run(onFailing: () => void): Promise<void> {
    try {
      if (await this.ingest.isWhole()) await this.#confirm()
      else await this.#download()
      if (this.#expectedBytes !== undefined) this.#checkSize(this.ingest.acceptedBytes)
      await this.#storing(() => this.ingest.verify())
    } catch (error) {
      onFailing()
      await this.#end(error as Error)
      throw error
    }
  }

  /** Nothing is missing, but this reader's right to it is not proved: the upstream is asked for one byte. */
  async #confirm(): Promise<void> {
    const { policy, repository, access } = this.target
    this.upstreamRequests += 1
    await policy.upstream.probeBlob(repository, this.digest, {
      credential: access.fetchAs,
      signal: this.#stop.signal,
    })
    this.#start()
  }

  async #download(): Promise<void> {
    let triesFailed = 0
    for (;;) {
      const before = this.ingest.acceptedBytes
      try {
        await this.#attempt()
        return
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error
        const gained = this.ingest.acceptedBytes - before
        triesFailed = gained >= PROGRESS_BYTES ? 1 : triesFailed + 1
        const waitMs = waitBeforeRetry(error, triesFailed, this.#hasStarted)
        if (waitMs === undefined) throw error
        this.#log.warn(
          {
            event: 'fill.interrupted',
            upstream: error.upstream,
            digest: this.digest,
            code: error.code,
            receivedBytes: this.ingest.acceptedBytes,
            totalBytes: this.totalBytes,
            triesFailed,
            waitMs,
          },
          `${error.message}: resuming`,
        )
        await this.#clock.sleep(waitMs, this.#stop.signal)
      }
    }
  }

  async #attempt(): Promise<void> {
    const { policy, repository, access } = this.target
    const offset = this.ingest.acceptedBytes
    this.upstreamRequests += 1
    if (offset > 0) this.#counts.resumed += 1
    const reply = await policy.upstream.fetchBlob(repository, this.digest, {
      credential: access.fetchAs,
      offset,
      signal: this.#stop.signal,
    })
    try {
      if (this.#expectedBytes === undefined && reply.totalBytes !== undefined) {
        this.ingest.growth.setTotal(reply.totalBytes)
      }
      this.#start()
      await this.#receive(reply, offset - reply.offset)
    } finally {
      reply.body.destroy()
    }
  }

  async #receive(reply: FetchedBlob, skipBytes: number): Promise<void> {
    let toSkip = skipBytes
    let receivedBytes = reply.offset
    for await (const chunk of reply.body) {
      receivedBytes += chunk.length
      if (this.#expectedBytes !== undefined && receivedBytes > this.#expectedBytes)
        this.#checkSize(receivedBytes)
      const skipped = Math.min(toSkip, chunk.length)
      toSkip -= skipped
      await this.#bandwidth?.take(chunk.length, this.#stop.signal)
      const wanted = skipped === 0 ? chunk : chunk.subarray(skipped)
      await this.#makeRoom(this.ingest.acceptedBytes + wanted.length)
      if (wanted.length > 0) await this.#storing(() => this.ingest.write(wanted))
    }
    const total = this.totalBytes
    if (total !== undefined && receivedBytes < total) {
      throw new UpstreamError(
        'interrupted',
        `${this.target.policy.name} ended ${this.digest} after ${receivedBytes} of ${total} bytes`,
        { upstream: this.target.policy.name },
      )
    }
  }

  /** When the budget has no more room, those who read are served on without the storage. */
  async #makeRoom(bytes: number): Promise<void> {
    if (this.#reservation === undefined || !this.ingest.kept) return
    const wanted = this.totalBytes ?? Math.ceil(bytes / RESERVE_STEP_BYTES) * RESERVE_STEP_BYTES
    const { grow } = this.#reservation
    if (await this.#health.read(() => grow(Math.max(bytes, wanted)))) return
    await this.ingest.flush()
    this.ingest.pass()
  }

  /** When the storage takes no more, those who read are served on without it. */
  async #storing(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!this.#health.met(error)) throw error
      this.ingest.pass()
      await work()
    }
  }

  #checkSize(bytes: number): void {
    if (this.#expectedBytes !== undefined && bytes !== this.#expectedBytes) {
      throw new SizeMismatch(this.digest, this.#expectedBytes, bytes)
    }
  }

  #start(): void {
    this.#hasStarted = true
    this.#begin()
  }

  /** Keeps the partial file when going on makes sense; never keeps bytes that are wrong. */
  async #end(error: Error): Promise<void> {
    this.#refuse(error)
    const wrong =
      error instanceof DigestMismatch ||
      error instanceof SizeMismatch ||
      (error instanceof UpstreamError && error.code === 'invalid')
    if (wrong || this.ingest.acceptedBytes === 0) {
      await this.ingest.abort(error)
    } else {
      if (this.ingest.kept) this.#leftBytes = this.ingest.acceptedBytes
      await this.ingest.suspend(error)
    }
  }
}

import type { Clock } from '../clock.ts'
import { JobFailure } from '../executor/failure.ts'
import type { Log } from '../log.ts'
import { CoordinatorError } from './protocol/coordinator-error.ts'
import type { JobCalls, JobTicket, JobUpdate } from './protocol/job-calls.ts'
import type { Told } from './protocol/told.ts'

/** Until the server says how often. */
const FIRST_INTERVAL_MS = 3000
/** A server gives up on jobs of which it hears nothing. */
const KEEP_ALIVE_MS = 30_000
const MAX_PIECE_BYTES = 1024 * 1024
/** Of one round. A server that is elsewhere each time gets no further by being asked at once. */
const MAX_RESUMES = 3

const FIRST_FINAL_WAIT_MS = 1000
const LONGEST_FINAL_WAIT_MS = 60 * 60_000
const MAX_FINAL_FAILURES = 10
/** That a server may take to archive a log. */
const MAX_ACCEPTED_MS = 60 * 60_000

/** A log that grows; TraceFile is one. */
export interface GrowingTrace {
  readonly sizeBytes: number
  /** CRC-32 of all of it. */
  readonly checksum: number
  read(start: number, maxBytes: number): Buffer
}

export interface TraceSenderOptions {
  readonly job: JobTicket
  readonly trace: GrowingTrace
  readonly calls: Pick<JobCalls, 'patchTrace' | 'updateJob'>
  readonly clock: Clock
  readonly log: Log
}

export type FinalUpdate = Pick<JobUpdate, 'failureReason' | 'exitCode'> & {
  readonly state: 'success' | 'failed'
}

/**
 * - `told` the server has the log and the result
 * - `gone` it does not want them: the job was cancelled, or deleted
 * - `lost` it could not be told
 */
export type Farewell = 'told' | 'gone' | 'lost'

/**
 * Tells a server how a job goes: its log while it grows, and in the end its result. What the server says meanwhile
 * comes out as signals.
 *
 * Lifecycle: `start`, then `finish` once, also of a job that failed.
 */
export class TraceSender {
  readonly #options: TraceSenderOptions
  readonly #cancel = new AbortController()
  readonly #abort = new AbortController()
  readonly #finishing = new AbortController()
  #sending: Promise<void> = Promise.resolve()
  #intervalMs = FIRST_INTERVAL_MS
  #sentBytes = 0
  #silentMs = 0
  #isInTrouble = false

  constructor(options: TraceSenderOptions) {
    this.#options = options
  }

  /** Aborted when somebody cancelled the job: its steps are to end, after_script still runs. */
  get cancel(): AbortSignal {
    return this.#cancel.signal
  }

  /** Aborted when the job is none of ours any more: it is to end at once. */
  get abort(): AbortSignal {
    return this.#abort.signal
  }

  /** What the server told with an answer to somebody else. */
  heed({ jobStatus, intervalMs }: Told): void {
    this.#intervalMs = intervalMs ?? this.#intervalMs
    if (jobStatus === 'canceling') this.#cancel.abort(new JobFailure('job_canceled', 'canceled'))
    if (jobStatus === 'canceled' || jobStatus === 'failed') this.#drop()
  }

  /** Sends what is new at every interval, and a sign of life when nothing is. */
  start(): void {
    this.#sending = this.#sendWhileItGrows(AbortSignal.any([this.#finishing.signal, this.abort]))
  }

  /**
   * Sends the rest of the log, then the result. Nothing may be written to the log any more. Tries for long: a
   * result that is not told is a job that was run for nothing.
   * @param signal ends that too
   */
  async finish(end: FinalUpdate, signal: AbortSignal): Promise<Farewell> {
    this.#finishing.abort()
    await this.#sending
    const { clock, log, job } = this.#options
    let acceptedMs = 0
    for (let failures = 0; !this.abort.aborted; ) {
      let waitMs: number
      try {
        const answer = await this.#sendAll(end, signal)
        waitMs = this.#intervalMs
        if (answer === 'told' || answer === 'gone') return answer
        if (answer === 'accepted') acceptedMs += waitMs
        else failures += 1
        if (acceptedMs > MAX_ACCEPTED_MS) break
      } catch (error) {
        if (signal.aborted) break
        if (!(error instanceof CoordinatorError)) throw error
        log.warn(
          { event: 'job.update_failed', jobId: job.id, err: error },
          'the end of a job could not be told',
        )
        if (error.code === 'refused') return this.#tellBarely(end, signal)
        failures += 1
        waitMs = error.retryAfterMs ?? finalWaitMs(failures)
      }
      if (failures === MAX_FINAL_FAILURES) break
      if (!(await isSlept(clock, waitMs, signal))) break
    }
    return this.abort.aborted ? 'gone' : 'lost'
  }

  async #sendWhileItGrows(signal: AbortSignal): Promise<void> {
    const { clock, log, job } = this.#options
    while (await isSlept(clock, this.#intervalMs, signal)) {
      this.#silentMs += this.#intervalMs
      try {
        await this.#sendNews(signal)
        this.#isInTrouble = false
      } catch (error) {
        if (signal.aborted) return
        const event = { event: 'job.trace_delayed', jobId: job.id, err: error }
        if (!this.#isInTrouble) log.warn(event, 'the log of a job cannot be sent: tried again')
        this.#isInTrouble = true
      }
    }
  }

  async #sendNews(signal: AbortSignal): Promise<void> {
    await this.#sendPieces(signal)
    if (this.#silentMs < KEEP_ALIVE_MS || signal.aborted) return
    const { calls, job } = this.#options
    const answer = await calls.updateJob(job, { state: 'running' }, signal)
    this.#silentMs = 0
    this.heed(answer)
    if (answer.kind === 'gone') this.#drop()
  }

  /** Of the log what is not there yet. */
  async #sendPieces(signal: AbortSignal): Promise<void> {
    const { calls, job, trace } = this.#options
    let resumes = 0
    while (this.#sentBytes < trace.sizeBytes && !this.abort.aborted) {
      const bytes = trace.read(this.#sentBytes, MAX_PIECE_BYTES)
      const answer = await calls.patchTrace(job, this.#sentBytes, bytes, signal)
      this.#silentMs = 0
      if (!this.#finishing.signal.aborted) this.heed(answer)
      if (answer.kind === 'gone') this.#drop()
      if (answer.kind === 'accepted') this.#sentBytes += bytes.length
      if (answer.kind === 'elsewhere') {
        this.#sentBytes = Math.min(answer.nextByte, trace.sizeBytes)
        resumes += 1
        if (resumes > MAX_RESUMES) return
      }
    }
  }

  async #sendAll(end: FinalUpdate, signal: AbortSignal): Promise<'told' | 'gone' | 'accepted' | 'again'> {
    const { calls, job, trace } = this.#options
    await this.#sendPieces(signal)
    if (this.abort.aborted) return 'gone'
    const { checksum, sizeBytes } = trace
    const answer = await calls.updateJob(job, { ...end, trace: { checksum, sizeBytes } }, signal)
    this.#intervalMs = answer.intervalMs ?? this.#intervalMs
    switch (answer.kind) {
      case 'done':
        return 'told'
      case 'trace-differs':
        this.#sentBytes = 0
        return 'again'
      default:
        return answer.kind
    }
  }

  /** Without what may have been refused: a server that hears nothing has the job as running for an hour. */
  async #tellBarely({ state }: FinalUpdate, signal: AbortSignal): Promise<Farewell> {
    const { calls, job, log } = this.#options
    try {
      const { kind } = await calls.updateJob(job, { state }, signal)
      return kind === 'done' ? 'told' : 'lost'
    } catch (error) {
      if (!signal.aborted && !(error instanceof CoordinatorError)) throw error
      log.warn(
        { event: 'job.update_failed', jobId: job.id, err: error },
        'the end of a job could not be told',
      )
      return 'lost'
    }
  }

  #drop(): void {
    this.#abort.abort(new JobFailure('job_canceled', 'canceled'))
  }
}

/** How long to wait after so many failures to tell the end, from 1. */
function finalWaitMs(failures: number): number {
  return Math.min(FIRST_FINAL_WAIT_MS * 2 ** (failures - 1), LONGEST_FINAL_WAIT_MS)
}

/** @returns false when it was ended before */
async function isSlept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal)
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { aborted } from './aborted.ts'
import type { RunnerFigures, RunnerHealth } from './figures/runner-figures.ts'
import type { JobSlot, JobSlots } from './job-slots.ts'
import { unhealthyWaitMs } from './poll-delay.ts'
import { CoordinatorError } from './protocol/coordinator-error.ts'
import type { JobCalls, RequestedJob } from './protocol/job-calls.ts'

/** Another runner was quicker: there may be more jobs. */
const CONFLICT_WAIT_MS = 500
/**
 * For the answer to a request that is under way when the asking ends: there may be a job in it, which the server would
 * have given away for nothing. GitLab Runner waits for as long as the server holds the request.
 */
const LAST_ANSWER_MS = 5000

export interface PollOrder {
  /** For the log. */
  readonly name: string
  /** Secret. */
  readonly token: string
  readonly calls: Pick<JobCalls, 'requestJob'>
  /** Of this runner. */
  readonly own: JobSlots
  /** How many requests at a time. */
  readonly requestConcurrency: number
  /** Between a request that brought no job and the next. */
  readonly checkIntervalMs: number
  /** Of all runners together. */
  readonly slots: JobSlots
  readonly answers: RunnerFigures['answers']
  readonly health: RunnerHealth
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
  /** Ends a request that is under way at once: no job can be run any more. */
  readonly abort: AbortSignal
  /** Runs a job to its end. Never throws. */
  readonly onJob: (payload: unknown) => Promise<void>
}

/**
 * Asks a server for jobs, as long as there is room for one more.
 * @param drain ends the asking; a job that the last answer brings is still run
 * @returns when the last job is over
 */
export async function pollForJobs(order: PollOrder, drain: AbortSignal): Promise<void> {
  const isLate = new AbortController()
  const isOver = new AbortController()
  void aborted(drain)
    .then(() => order.clock.sleep(LAST_ANSWER_MS, isOver.signal))
    .then(
      () => isLate.abort(drain.reason),
      () => {},
    )
  const poll = new Poll(order, drain, AbortSignal.any([order.abort, isLate.signal]))
  try {
    await Promise.all(Array.from({ length: Math.max(1, order.requestConcurrency) }, () => poll.run()))
  } finally {
    isOver.abort()
  }
  await poll.jobsAreOver()
}

class Poll {
  readonly #order: PollOrder
  readonly #drain: AbortSignal
  /** Ends a request that is under way. */
  readonly #giveUp: AbortSignal
  readonly #jobs = new Set<Promise<void>>()
  #lastUpdate: string | undefined
  #failures = 0

  constructor(order: PollOrder, drain: AbortSignal, giveUp: AbortSignal) {
    this.#order = order
    this.#drain = drain
    this.#giveUp = giveUp
  }

  async run(): Promise<void> {
    try {
      while (!this.#drain.aborted) await this.#once()
    } catch (error) {
      if (!this.#drain.aborted) throw error
    }
  }

  async jobsAreOver(): Promise<void> {
    await Promise.all(this.#jobs)
  }

  async #once(): Promise<void> {
    const { own: ownSlots, slots, clock, onJob } = this.#order
    // The runner's own first: one that may have no more jobs does not keep others from theirs.
    const own = await ownSlots.take(this.#drain)
    let shared: JobSlot | undefined
    let isKept = false
    let waitMs = 0
    try {
      shared = await slots.take(this.#drain)
      const asked = await this.#ask()
      if (typeof asked === 'number') waitMs = asked
      else {
        isKept = true
        const held = shared
        const job = onJob(asked.payload).finally(() => {
          this.#jobs.delete(job)
          held.release()
          own.release()
        })
        this.#jobs.add(job)
      }
    } finally {
      if (!isKept) {
        shared?.release()
        own.release()
      }
    }
    if (waitMs > 0) await clock.sleep(waitMs, this.#drain)
  }

  /** @returns a job, or how long to wait before asking again */
  async #ask(): Promise<Extract<RequestedJob, { kind: 'job' }> | number> {
    const { calls, token, slots, answers, checkIntervalMs, random } = this.#order
    try {
      // The server holds a request that says what it knows; nobody is to wait for the slot as long as that.
      const lastUpdate = slots.isWaitedFor ? undefined : this.#lastUpdate
      const asked = await calls.requestJob(token, lastUpdate, this.#giveUp)
      this.#recover()
      answers.add(asked.kind)
      if (asked.kind === 'job') return asked
      if (asked.kind === 'conflict') return CONFLICT_WAIT_MS * (1 - random() / 2)
      this.#lastUpdate = asked.lastUpdate
      return checkIntervalMs
    } catch (error) {
      if (this.#drain.aborted || !(error instanceof CoordinatorError)) throw error
      return this.#fail(error)
    }
  }

  #recover(): void {
    const { log, name, health } = this.#order
    health.state = 'asking'
    if (this.#failures > 0) log.info({ event: 'runner.healthy', runner: name }, 'the server answers again')
    this.#failures = 0
  }

  #fail(error: CoordinatorError): number {
    const { log, name, answers, health, random } = this.#order
    answers.add('failed')
    health.state = 'unanswered'
    this.#failures += 1
    const waitMs = error.retryAfterMs ?? unhealthyWaitMs(this.#failures, random())
    const event = { event: 'runner.unhealthy', runner: name, failures: this.#failures, waitMs, err: error }
    log.warn(event, sentenceFor(error))
    return waitMs
  }
}

function sentenceFor({ status }: CoordinatorError): string {
  if (status === 401 || status === 403) {
    return 'the server does not know the token of this runner: register it again'
  }
  if (status === 422) return 'what this runner was for is gone from the server: register it again'
  return 'the server was asked for a job and gave no proper answer'
}

import type { Clock } from '../clock.ts'
import { UpstreamError } from '../upstream/errors.ts'

/** So many failures in a row, and those who have nothing to fall back to are refused too. */
export const FAILURES_TO_OPEN = 3

/** The first wait before an open breaker lets one request through; it doubles with each that fails. */
export const FIRST_PROBE_MS = 1_000
export const LONGEST_PROBE_MS = 30_000

/** After one failure, those who have a copy are not made to wait for another one for this long. */
export const COPY_PAUSE_MS = 30_000

/** Waits end up to this part earlier, so that several caches do not come back in one moment. */
const JITTER = 0.1

/**
 * - `closed`   everybody asks
 * - `doubtful` it failed a moment ago: those who have a copy serve it without asking
 * - `open`     it failed again and again: nobody asks, save one request now and then
 */
export type BreakerState = 'closed' | 'doubtful' | 'open'

/**
 * What the end of a piece of work says of the server.
 * - `answer`  it answered, if only to refuse
 * - `failure` it did not
 * - `doubt`   it did something wrong that says little of the next request
 * - `nothing` it was not asked
 */
export type Verdict = 'answer' | 'failure' | 'doubt' | 'nothing'

interface Trouble {
  readonly error: UpstreamError
  readonly failures: number
  /** When somebody with a copy may ask again. */
  readonly copyRetryAt: number
  /** When somebody without one may; undefined while it is not open. */
  readonly retryAt: number | undefined
}

export interface BreakerOptions {
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random?: () => number
  judge(error: UpstreamError): Verdict
}

export interface BreakerCall {
  /** The caller can serve what it has instead. */
  readonly hasCopy: boolean
  /** False where a failure may be that of another server, to which this one led. Default: true. */
  readonly blames?: boolean
}

/**
 * Keeps requests from a server that fails. An outage costs one client its deadline and not every client: who
 * has a copy is spared after one failure, who has none after several, and one request at a time finds out
 * whether it is over.
 */
export class Breaker {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #judge: (error: UpstreamError) => Verdict
  /** Errors that this breaker answered with itself: nobody was asked. */
  readonly #refusals = new WeakSet<Error>()
  #trouble: Trouble | undefined
  #probeWaitMs = FIRST_PROBE_MS
  #isProbing = false
  #isWatching = false

  constructor({ clock, random = Math.random, judge }: BreakerOptions) {
    this.#clock = clock
    this.#random = random
    this.#judge = judge
  }

  get state(): BreakerState {
    if (this.#trouble === undefined) return 'closed'
    return this.#trouble.retryAt === undefined ? 'doubtful' : 'open'
  }

  /** What it failed with last; undefined while closed. */
  get error(): UpstreamError | undefined {
    return this.#trouble?.error
  }

  /**
   * Does the work, unless the server is not to be asked now.
   * @throws what the work throws, or an UpstreamError with the code of the last failure
   */
  async run<T>(work: () => Promise<T>, { hasCopy, blames = true }: BreakerCall): Promise<T> {
    this.#refuse(hasCopy)
    const isProbe = this.state === 'open' || (hasCopy && this.state === 'doubtful')
    if (isProbe) this.#isProbing = true
    try {
      const result = await work()
      this.#close()
      return result
    } catch (error) {
      if (error instanceof UpstreamError) this.#note(error, isProbe, blames)
      throw error
    } finally {
      if (isProbe) this.#isProbing = false
    }
  }

  /**
   * For somebody with a copy, whose work may have to wait for this server or may not: does it, unless the
   * server failed a moment ago.
   * @throws as `run`
   */
  async watch<T>(work: () => Promise<T>): Promise<T> {
    this.#refuse(true)
    const isFirst = this.state !== 'closed'
    if (isFirst) this.#isWatching = true
    try {
      return await work()
    } catch (error) {
      // Whoever really asked the server counts its failures.
      if (error instanceof UpstreamError && this.#verdict(error) === 'failure') {
        this.#fail(error, 'doubt', false)
      }
      throw error
    } finally {
      if (isFirst) this.#isWatching = false
    }
  }

  #refuse(hasCopy: boolean): void {
    const trouble = this.#trouble
    if (trouble === undefined) return
    const at = hasCopy ? trouble.copyRetryAt : trouble.retryAt
    if (at === undefined) return
    const waitMs = at - this.#clock.now()
    // More than any wait there is: the clock was set back.
    const isDue = waitMs <= 0 || waitMs > COPY_PAUSE_MS + LONGEST_PROBE_MS
    const isBusy = this.#isProbing || (hasCopy && this.#isWatching)
    if (isDue && !isBusy) return
    const { error } = trouble
    // Not its sentence: that names what somebody else asked for, who may be of another group.
    const who = error.server === 'token' ? `${error.upstream}'s token server` : error.upstream
    const sentence = `${who} failed a moment ago (${error.code}) and is not asked now`
    const refusal = new UpstreamError(error.code, sentence, {
      upstream: error.upstream,
      server: error.server,
      ...(error.status === undefined ? {} : { status: error.status }),
      retryAfterMs: Math.max(FIRST_PROBE_MS, isDue ? 0 : waitMs),
      cause: error,
    })
    this.#refusals.add(refusal)
    throw refusal
  }

  #note(error: UpstreamError, isProbe: boolean, blames: boolean): void {
    const verdict = this.#verdict(error)
    if (verdict === 'answer') this.#close()
    else if (verdict !== 'nothing' && (blames || isProbe)) this.#fail(error, verdict, isProbe)
  }

  #verdict(error: UpstreamError): Verdict {
    return this.#refusals.has(error) ? 'nothing' : this.#judge(error)
  }

  #fail(error: UpstreamError, verdict: 'failure' | 'doubt', isProbe: boolean): void {
    const before = this.#trouble?.failures ?? 0
    const failures = verdict === 'failure' ? before + 1 : Math.max(1, before)
    const now = this.#clock.now()
    let retryAt = this.#trouble?.retryAt
    // Those that were on their way when it opened say nothing new.
    if (failures >= FAILURES_TO_OPEN && (retryAt === undefined || isProbe)) {
      retryAt = now + this.#jittered(this.#probeWaitMs)
      this.#probeWaitMs = Math.min(LONGEST_PROBE_MS, this.#probeWaitMs * 2)
    }
    this.#trouble = { error, failures, copyRetryAt: now + this.#jittered(COPY_PAUSE_MS), retryAt }
  }

  #close(): void {
    this.#trouble = undefined
    this.#probeWaitMs = FIRST_PROBE_MS
  }

  #jittered(waitMs: number): number {
    return Math.round(waitMs * (1 - JITTER * this.#random()))
  }
}

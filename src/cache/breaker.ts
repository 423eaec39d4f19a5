import type { Clock } from '../clock.ts'
import { UpstreamError } from '../upstream/errors.ts'
import { LONGEST_PAUSE_MS } from './rate-decision.ts'

/** So many failures in a row, and those who have nothing to fall back to are refused too. */
export const FAILURES_TO_OPEN = 3

/** The first wait before an open breaker lets one request through; it doubles with each that fails. */
export const FIRST_PROBE_MS = 1_000
export const LONGEST_PROBE_MS = 30_000

/** After one failure, those who have a copy are not made to wait for another one for this long. */
export const COPY_PAUSE_MS = 30_000

/**
 * What a server that names a time itself is given, whoever asks. Maintenance ends before it was announced to,
 * and one request in this time costs it nothing.
 */
export const LONGEST_TOLD_MS = 5 * 60_000

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
  /** The longest of these waits, when it began: one that is longer now shows that the clock was set back. */
  readonly longestWaitMs: number
  /** Whose failures were counted. */
  readonly subjects: readonly string[]
}

/** Nobody was asked: a breaker answers in a server's stead. */
export class NotAsked extends UpstreamError {}

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
  /** What is asked for, where one thing may be broken for itself: its failures count once. */
  readonly subject?: string
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
  async run<T>(work: () => Promise<T>, call: BreakerCall): Promise<T> {
    const { hasCopy } = call
    this.#refuse(hasCopy)
    const isProbe = this.state === 'open' || (hasCopy && this.state === 'doubtful')
    if (isProbe) this.#isProbing = true
    try {
      const result = await work()
      this.#close()
      return result
    } catch (error) {
      if (error instanceof UpstreamError) this.#note(error, isProbe, call)
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
        this.#fail(error, 'doubt', { isProbe: false })
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
    const isDue = waitMs <= 0 || waitMs > trouble.longestWaitMs
    const isBusy = this.#isProbing || (hasCopy && this.#isWatching)
    if (isDue && !isBusy) return
    const { error } = trouble
    // Not its sentence: that names what somebody else asked for, who may be of another group.
    const who = error.server === 'token' ? `${error.upstream}'s token server` : error.upstream
    const sentence = `${who} failed a moment ago (${error.code}) and is not asked now`
    throw new NotAsked(error.code, sentence, {
      upstream: error.upstream,
      server: error.server,
      ...(error.status === undefined ? {} : { status: error.status }),
      retryAfterMs: Math.max(FIRST_PROBE_MS, isDue ? 0 : waitMs),
      cause: error,
    })
  }

  #note(error: UpstreamError, isProbe: boolean, { blames = true, subject }: BreakerCall): void {
    const verdict = this.#verdict(error)
    if (verdict === 'answer') this.#close()
    else if (verdict !== 'nothing' && (blames || isProbe)) this.#fail(error, verdict, { isProbe, subject })
  }

  #verdict(error: UpstreamError): Verdict {
    return error instanceof NotAsked ? 'nothing' : this.#judge(error)
  }

  #fail(
    error: UpstreamError,
    verdict: 'failure' | 'doubt',
    { isProbe, subject }: { readonly isProbe: boolean; readonly subject?: string | undefined },
  ): void {
    const { failures: before = 0, subjects = [] } = this.#trouble ?? {}
    const isCounted = subject !== undefined && subjects.includes(subject)
    const failures = verdict === 'failure' && !isCounted ? before + 1 : Math.max(1, before)
    const now = this.#clock.now()
    const toldMs = verdict === 'failure' ? toldWaitMs(error) : undefined
    let retryAt = this.#trouble?.retryAt
    // Those that were on their way when it opened say nothing new.
    if (failures >= FAILURES_TO_OPEN && (retryAt === undefined || isProbe)) {
      retryAt = now + this.#jittered(this.#probeWaitMs)
      this.#probeWaitMs = Math.min(LONGEST_PROBE_MS, this.#probeWaitMs * 2)
    }
    if (toldMs !== undefined) retryAt = Math.max(retryAt ?? 0, now + toldMs)
    const copyRetryAt = now + Math.max(this.#jittered(COPY_PAUSE_MS), toldMs ?? 0)
    this.#trouble = {
      error,
      failures,
      copyRetryAt,
      retryAt,
      longestWaitMs: Math.max(copyRetryAt, retryAt ?? 0) - now,
      // Once it is open, who failed makes no difference.
      subjects:
        subject === undefined || isCounted || failures >= FAILURES_TO_OPEN
          ? subjects
          : [...subjects, subject],
    }
  }

  #close(): void {
    this.#trouble = undefined
    this.#probeWaitMs = FIRST_PROBE_MS
  }

  #jittered(waitMs: number): number {
    return Math.round(waitMs * (1 - JITTER * this.#random()))
  }
}

/** What a server said of when to come back, so far as it is believed. */
function toldWaitMs({ code, retryAfterMs }: UpstreamError): number | undefined {
  // A Retry-After of 0 tells nothing: it failed just now.
  if (retryAfterMs === undefined || retryAfterMs <= 0) return undefined
  return Math.min(retryAfterMs, code === 'rate-limited' ? LONGEST_PAUSE_MS : LONGEST_TOLD_MS)
}

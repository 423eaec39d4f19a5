import type { Clock } from '../clock.ts'
import { isStillAhead } from '../still-ahead.ts'
import type { RateLimit } from '../upstream/upstream.ts'
import { isReserveReached, LONGEST_PAUSE_MS, pauseAfterLimit } from './rate-decision.ts'
import { addSample, forecastExhaustion, type RateSample } from './rate-forecast.ts'

/** While an upstream limits us, one HEAD in this time finds out whether tags moved, and what is left. */
export const HEAD_SPACING_MS = 60_000

/** A limit, and when it was told. Times are milliseconds since the epoch. */
export type ObservedLimit = RateLimit & { readonly at: number }

interface Pause {
  readonly until: number
  /** The upstream named the time, so nothing else ends it. */
  readonly isTold: boolean
  readonly nextHeadAt: number
}

/** What of an account is worth something after a restart. */
export interface RateNote {
  readonly credentialId: string | undefined
  readonly observed: ObservedLimit | undefined
  readonly pause: Omit<Pause, 'nextHeadAt'> | undefined
  readonly silentUntil: number | undefined
}

/** A 429, and what follows from it. */
export interface Limited {
  readonly until: number
  readonly pauseMs: number
  /** It says about what an earlier one said: requests that were on their way are refused too. */
  readonly isRepeated: boolean
}

/** What an upstream counts for one of our credentials, and what may be asked for it now. */
export class RateAccount {
  readonly #reserve: number
  readonly #clock: Clock
  #observed: ObservedLimit | undefined
  #samples: readonly RateSample[] = []
  /** No manifest is pulled. */
  #pause: Pause | undefined
  /** Nothing at all is asked, before this time. */
  #silentUntil: number | undefined

  /** @param reserve the part of the limit that is kept, 0 to 1 */
  constructor(reserve: number, clock: Clock) {
    this.#reserve = reserve
    this.#clock = clock
  }

  get observed(): ObservedLimit | undefined {
    return this.#observed
  }

  /** Until when no manifest may be pulled. */
  get pausedUntil(): number | undefined {
    return this.#ahead(this.#pause?.until)
  }

  /** Until when nothing may be asked. */
  get silentUntil(): number | undefined {
    return this.#ahead(this.#silentUntil)
  }

  get isReserveReached(): boolean {
    if (this.#observed === undefined) return false
    const ageMs = this.#clock.now() - this.#observed.at
    return isReserveReached(this.#observed, { reserve: this.#reserve, ageMs })
  }

  /** When nothing will be left if pulling goes on as it does. */
  get forecast(): number | undefined {
    const seconds = this.#observed?.windowSeconds
    return forecastExhaustion(this.#samples, seconds === undefined ? undefined : seconds * 1_000)
  }

  /** @returns whether it ended a pause */
  observe(rateLimit: RateLimit): boolean {
    const at = this.#clock.now()
    const { remaining } = rateLimit
    this.#observed = { ...rateLimit, at }
    this.#samples = addSample(this.#samples, { at, remaining })
    // Without a time of the upstream's own, what is left tells that it is over.
    const isOver = this.#pause !== undefined && !this.#pause.isTold && remaining > 0
    if (isOver) this.#pause = undefined
    return isOver
  }

  /** A 429 to a manifest. */
  pause(retryAfterMs: number | undefined): Limited {
    const now = this.#clock.now()
    const before = this.pausedUntil
    const { pauseMs, isTold } = pauseAfterLimit(retryAfterMs, this.#observed?.windowSeconds)
    const until = now + pauseMs
    this.#pause = { until, isTold, nextHeadAt: now + HEAD_SPACING_MS }
    return { until, pauseMs, isRepeated: isAbout(before, until) }
  }

  /** A 429 to a blob. */
  fallSilent(retryAfterMs: number | undefined): Limited {
    const before = this.silentUntil
    const { pauseMs } = pauseAfterLimit(retryAfterMs, undefined)
    const until = this.#clock.now() + pauseMs
    this.#silentUntil = until
    return { until, pauseMs, isRepeated: isAbout(before, until) }
  }

  /** Takes the HEAD that may be sent in a pause. False: it was sent already. */
  takeHead(): boolean {
    if (this.#pause === undefined || this.pausedUntil === undefined) return true
    const now = this.#clock.now()
    if (isStillAhead(this.#pause.nextHeadAt, now, HEAD_SPACING_MS)) return false
    this.#pause = { ...this.#pause, nextHeadAt: now + HEAD_SPACING_MS }
    return true
  }

  note(): Omit<RateNote, 'credentialId'> {
    const pause = this.#pause && { until: this.#pause.until, isTold: this.#pause.isTold }
    return { observed: this.#observed, pause, silentUntil: this.#silentUntil }
  }

  /**
   * Takes over what an earlier process noted, unless it is over, or from a time that has not come yet.
   * @returns whether anything of it is worth something
   */
  restore({ observed, pause, silentUntil }: Omit<RateNote, 'credentialId'>): boolean {
    const now = this.#clock.now()
    if (observed !== undefined && observed.at <= now && now - observed.at < windowMs(observed)) {
      this.#observed = observed
      this.#samples = [{ at: observed.at, remaining: observed.remaining }]
    }
    // When the last HEAD was sent is not noted: none of them is sent too early.
    if (this.#ahead(pause?.until) !== undefined && pause !== undefined) {
      this.#pause = { ...pause, nextHeadAt: now + HEAD_SPACING_MS }
    }
    this.#silentUntil = this.#ahead(silentUntil)
    return (this.#observed ?? this.#pause ?? this.#silentUntil) !== undefined
  }

  #ahead(until: number | undefined): number | undefined {
    if (until === undefined) return undefined
    return isStillAhead(until, this.#clock.now(), LONGEST_PAUSE_MS) ? until : undefined
  }
}

function isAbout(before: number | undefined, until: number): boolean {
  return before !== undefined && Math.abs(until - before) < HEAD_SPACING_MS
}

/** How long what was told is worth something. */
function windowMs({ windowSeconds }: RateLimit): number {
  return windowSeconds === undefined ? LONGEST_PAUSE_MS : windowSeconds * 1_000
}

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type {
  BlobReplied,
  ManifestReplied,
  RateLimit,
  UpstreamCredential,
  UpstreamObserver,
} from '../upstream/upstream.ts'
import { isNoticeable, isReserveReached, LONGEST_PAUSE_MS, pauseAfterLimit } from './rate-decision.ts'
import { addSample, forecastExhaustion, type RateSample } from './rate-forecast.ts'

/** While an upstream limits us, one HEAD in this time finds out whether tags moved, and what is left. */
export const HEAD_SPACING_MS = 60_000

/** What an upstream counts for one of our credentials. */
interface Account {
  readonly observed: (RateLimit & { readonly at: number }) | undefined
  readonly samples: readonly RateSample[]
  /** No manifest is pulled. */
  readonly pause: Pause | undefined
  /** Nothing at all is asked, before this time. */
  readonly silentUntil: number | undefined
}

interface Pause {
  readonly until: number
  /** The upstream named the time, so nothing else ends it. */
  readonly isTold: boolean
  readonly nextHeadAt: number
}

/** What of an account is worth something after a restart. */
export interface RateNote {
  readonly credentialId: string | undefined
  readonly observed: Account['observed']
  readonly pause: Omit<Pause, 'nextHeadAt'> | undefined
  readonly silentUntil: number | undefined
}

const UNKNOWN: Account = { observed: undefined, samples: [], pause: undefined, silentUntil: undefined }

/** What is known of a limit, for people. Times are milliseconds since the epoch. */
export interface RateReport {
  readonly observed: (RateLimit & { readonly at: number }) | undefined
  /** When nothing will be left if pulling goes on as it does. */
  readonly forecast: number | undefined
  readonly limitedUntil: number | undefined
  readonly reserveReached: boolean
}

/**
 * Keeps account of an upstream's pull limit, per credential, and of what we may still ask. A GET of a manifest
 * is what upstreams count; a HEAD is free, but not to be sent in numbers to one that has said 429.
 */
export class RateBudget implements UpstreamObserver {
  readonly #upstream: string
  readonly #reserve: number
  readonly #clock: Clock
  readonly #log: Log
  readonly #onNote: () => void
  /** As many as there are credentials in the settings, and one for nobody. */
  readonly #accounts = new Map<string | undefined, Account>()

  /** @param parts.onNote called when `notes` are others than before */
  constructor(parts: {
    upstream: string
    reserve: number
    clock: Clock
    log: Log
    onNote?: () => void
  }) {
    this.#upstream = parts.upstream
    this.#reserve = parts.reserve
    this.#clock = parts.clock
    this.#log = parts.log
    this.#onNote = parts.onNote ?? (() => {})
  }

  notes(): readonly RateNote[] {
    return [...this.#accounts].map(([credentialId, { observed, pause, silentUntil }]) => ({
      credentialId,
      observed,
      pause: pause && { until: pause.until, isTold: pause.isTold },
      silentUntil,
    }))
  }

  /** Takes over what an earlier process noted, unless it is over, or from a time that has not come yet. */
  restore({ credentialId, observed, pause, silentUntil }: RateNote): void {
    const now = this.#clock.now()
    const isRecent = observed !== undefined && observed.at <= now && now - observed.at < windowMs(observed)
    const isPaused = pause !== undefined && this.#isAhead(pause.until)
    const isSilent = silentUntil !== undefined && this.#isAhead(silentUntil)
    if (!isRecent && !isPaused && !isSilent) return
    this.#change(credentialId, {
      observed: isRecent ? observed : undefined,
      samples: isRecent ? [{ at: observed.at, remaining: observed.remaining }] : [],
      // When the last HEAD was sent is not noted: none of them is sent too early.
      pause: isPaused ? { ...pause, nextHeadAt: now + HEAD_SPACING_MS } : undefined,
      silentUntil: isSilent ? silentUntil : undefined,
    })
  }

  manifestReplied({ credentialId, status, rateLimit, retryAfterMs }: ManifestReplied): void {
    if (rateLimit !== undefined) this.#observe(credentialId, rateLimit)
    if (status === 429) this.#pause(credentialId, retryAfterMs)
  }

  /**
   * Limits of pulls count manifests: a registry that refuses blobs too has had enough of us altogether, as
   * Docker Hub after thousands of requests in a minute.
   */
  blobReplied({ credentialId, status, retryAfterMs }: BlobReplied): void {
    if (status === 429) this.#fallSilent(credentialId, retryAfterMs)
  }

  /** @throws UpstreamError `rate-limited`, while nothing may be asked */
  admitBlob(credential: UpstreamCredential | undefined): void {
    const until = this.#silentUntil(credential?.id)
    if (until !== undefined) throw this.#refusal({ until })
  }

  /** @throws UpstreamError `rate-limited`, while no manifest may be pulled */
  admitGet(credential: UpstreamCredential | undefined): void {
    this.admitBlob(credential)
    const pause = this.#pauseOf(credential?.id)
    if (pause !== undefined) throw this.#refusal(pause)
  }

  /** Takes the HEAD that may be sent now. @throws as `admitGet`, while none may */
  admitHead(credential: UpstreamCredential | undefined): void {
    this.admitBlob(credential)
    const pause = this.#pauseOf(credential?.id)
    if (pause === undefined) return
    const now = this.#clock.now()
    if (now < pause.nextHeadAt) throw this.#refusal(pause)
    this.#change(credential?.id, { pause: { ...pause, nextHeadAt: now + HEAD_SPACING_MS } })
  }

  /**
   * For a newer version of something that is here.
   * @throws UpstreamError `rate-limited`, when what is left is kept for images that are not here
   */
  admitUpdate(credential: UpstreamCredential | undefined): void {
    if (!this.#isReserveReached(credential?.id)) return
    const { remaining, limit } = this.#account(credential?.id).observed ?? { remaining: 0, limit: 0 }
    throw new UpstreamError(
      'rate-limited',
      `${this.#upstream} has a newer one and leaves us ${remaining} of ${limit} pulls, which are kept for ` +
        `images that are not here (upstreams.${this.#upstream}.reserve)`,
      { upstream: this.#upstream },
    )
  }

  report(credential: UpstreamCredential | undefined): RateReport {
    return {
      observed: this.#account(credential?.id).observed,
      forecast: this.#forecast(credential?.id),
      limitedUntil: this.#limitedUntil(credential?.id),
      reserveReached: this.#isReserveReached(credential?.id),
    }
  }

  #observe(id: string | undefined, rateLimit: RateLimit): void {
    const { observed: before, samples, pause } = this.#account(id)
    const at = this.#clock.now()
    const { limit, remaining, windowSeconds, source } = rateLimit
    // Without a time of the upstream's own, what is left tells that it is over.
    const isOver = pause !== undefined && !pause.isTold && remaining > 0
    this.#change(id, {
      observed: { ...rateLimit, at },
      samples: addSample(samples, { at, remaining }),
      pause: isOver ? undefined : pause,
    })
    if (isOver || isNoticeable(before, rateLimit)) this.#onNote()
    if (!isNoticeable(before, rateLimit)) return
    const forecast = this.#forecast(id)
    const isReserved = this.#isReserveReached(id)
    const fields = {
      event: 'upstream.rate',
      upstream: this.#upstream,
      credential: id ?? null,
      limit,
      remaining,
      windowSeconds,
      source,
      forecast: forecast === undefined ? undefined : new Date(forecast).toISOString(),
    }
    const sentence = `${this.#upstream} leaves us ${remaining} of ${limit} pulls`
    if (isReserved) this.#log.warn(fields, `${sentence}: they are kept for images that are not here`)
    else this.#log.info(fields, sentence)
  }

  #pause(id: string | undefined, retryAfterMs: number | undefined): void {
    const now = this.#clock.now()
    const before = this.#pauseOf(id)
    const { observed } = this.#account(id)
    const { pauseMs, isTold } = pauseAfterLimit(retryAfterMs, observed?.windowSeconds)
    const until = now + pauseMs
    this.#change(id, { pause: { until, isTold, nextHeadAt: now + HEAD_SPACING_MS } })
    this.#onNote()
    // Requests that were on their way are refused too: one line says it for all.
    if (before !== undefined && Math.abs(until - before.until) < HEAD_SPACING_MS) return
    this.#log.warn(
      {
        event: 'upstream.limited',
        upstream: this.#upstream,
        credential: id ?? null,
        until: new Date(until).toISOString(),
        limit: observed?.limit,
        remaining: observed?.remaining,
        windowSeconds: observed?.windowSeconds,
        source: observed?.source,
      },
      `${this.#upstream} answered 429: no manifest is pulled for ${Math.ceil(pauseMs / 1_000)} s`,
    )
  }

  #fallSilent(id: string | undefined, retryAfterMs: number | undefined): void {
    const now = this.#clock.now()
    const before = this.#silentUntil(id)
    const { pauseMs } = pauseAfterLimit(retryAfterMs, undefined)
    const until = now + pauseMs
    this.#change(id, { silentUntil: until })
    this.#onNote()
    if (before !== undefined && Math.abs(until - before) < HEAD_SPACING_MS) return
    this.#log.warn(
      {
        event: 'upstream.limited',
        upstream: this.#upstream,
        credential: id ?? null,
        until: new Date(until).toISOString(),
      },
      `${this.#upstream} answered 429 to a blob: it is asked nothing for ${Math.ceil(pauseMs / 1_000)} s`,
    )
  }

  #refusal({ until }: { readonly until: number }): UpstreamError {
    const retryAfterMs = Math.max(1, until - this.#clock.now())
    return new UpstreamError(
      'rate-limited',
      `${this.#upstream} limits us, and is not asked before ${new Date(until).toISOString()}`,
      { upstream: this.#upstream, retryAfterMs },
    )
  }

  #pauseOf(id: string | undefined): Pause | undefined {
    const { pause } = this.#account(id)
    return pause !== undefined && this.#isAhead(pause.until) ? pause : undefined
  }

  #silentUntil(id: string | undefined): number | undefined {
    const { silentUntil } = this.#account(id)
    return silentUntil !== undefined && this.#isAhead(silentUntil) ? silentUntil : undefined
  }

  #limitedUntil(id: string | undefined): number | undefined {
    const ends = [this.#pauseOf(id)?.until, this.#silentUntil(id)].filter((until) => until !== undefined)
    return ends.length === 0 ? undefined : Math.max(...ends)
  }

  /** More than any pause there is: the clock was set back. */
  #isAhead(until: number): boolean {
    const leftMs = until - this.#clock.now()
    return leftMs > 0 && leftMs <= LONGEST_PAUSE_MS
  }

  #isReserveReached(id: string | undefined): boolean {
    const { observed } = this.#account(id)
    if (observed === undefined) return false
    return isReserveReached(observed, { reserve: this.#reserve, ageMs: this.#clock.now() - observed.at })
  }

  #forecast(id: string | undefined): number | undefined {
    const { observed, samples } = this.#account(id)
    const seconds = observed?.windowSeconds
    return forecastExhaustion(samples, seconds === undefined ? undefined : seconds * 1_000)
  }

  #account(id: string | undefined): Account {
    return this.#accounts.get(id) ?? UNKNOWN
  }

  #change(id: string | undefined, change: Partial<Account>): void {
    this.#accounts.set(id, { ...this.#account(id), ...change })
  }
}

/** How long what was told is worth something. */
function windowMs({ windowSeconds }: RateLimit): number {
  return windowSeconds === undefined ? LONGEST_PAUSE_MS : windowSeconds * 1_000
}

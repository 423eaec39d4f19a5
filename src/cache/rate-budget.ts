import { LRUCache } from 'lru-cache'
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
import { type Limited, type ObservedLimit, RateAccount, type RateNote } from './rate-account.ts'
import { isNoticeable } from './rate-decision.ts'

/** Per upstream. */
const MAX_ACCOUNTS = 1_000

const NOBODY = ''

/** What is known of a limit, for people. Times are milliseconds since the epoch. */
export interface RateReport {
  readonly observed: ObservedLimit | undefined
  /** When nothing will be left if pulling goes on as it does. */
  readonly forecast: number | undefined
  readonly limitedUntil: number | undefined
  readonly reserveReached: boolean
}

/**
 * Keeps account of an upstream's pull limit, per credential, and says what we may still ask. A GET of a manifest
 * is what upstreams count; a HEAD is free, but not to be sent in numbers to one that has said 429.
 */
export class RateBudget implements UpstreamObserver {
  readonly #upstream: string
  readonly #reserve: number
  readonly #clock: Clock
  readonly #log: Log
  readonly #onNote: () => void
  /**
   * By credential. Logins of jobs come and go: what is known of one is kept for the next job that brings it, as
   * long as there are not too many.
   */
  readonly #accounts = new LRUCache<string, RateAccount>({ max: MAX_ACCOUNTS })

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
    return [...this.#accounts.entries()].map(([id, account]) => ({
      credentialId: id === NOBODY ? undefined : id,
      ...account.note(),
    }))
  }

  /** Takes over what an earlier process noted, unless it is over, or from a time that has not come yet. */
  restore({ credentialId, ...note }: RateNote): void {
    const account = new RateAccount(this.#reserve, this.#clock)
    if (account.restore(note)) this.#accounts.set(credentialId ?? NOBODY, account)
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
    const until = this.#accounts.get(credential?.id ?? NOBODY)?.silentUntil
    if (until !== undefined) throw this.#refusal(until)
  }

  /** @throws UpstreamError `rate-limited`, while no manifest may be pulled */
  admitGet(credential: UpstreamCredential | undefined): void {
    this.admitBlob(credential)
    const until = this.#accounts.get(credential?.id ?? NOBODY)?.pausedUntil
    if (until !== undefined) throw this.#refusal(until)
  }

  /** Takes the HEAD that may be sent now. @throws as `admitGet`, while none may */
  admitHead(credential: UpstreamCredential | undefined): void {
    this.admitBlob(credential)
    const account = this.#accounts.get(credential?.id ?? NOBODY)
    const until = account?.pausedUntil
    if (until !== undefined && account?.takeHead() === false) throw this.#refusal(until)
  }

  /**
   * For a newer version of something that is here.
   * @throws UpstreamError `rate-limited`, when what is left is kept for images that are not here
   */
  admitUpdate(credential: UpstreamCredential | undefined): void {
    const account = this.#accounts.get(credential?.id ?? NOBODY)
    if (account?.observed === undefined || !account.isReserveReached) return
    const { remaining, limit } = account.observed
    throw new UpstreamError(
      'rate-limited',
      `${this.#upstream} has a newer one and leaves us ${remaining} of ${limit} pulls, which are kept for ` +
        `images that are not here (upstreams.${this.#upstream}.reserve)`,
      { upstream: this.#upstream },
    )
  }

  report(credential: UpstreamCredential | undefined): RateReport {
    const account = this.#accounts.get(credential?.id ?? NOBODY)
    const ends = [account?.pausedUntil, account?.silentUntil].filter((until) => until !== undefined)
    return {
      observed: account?.observed,
      forecast: account?.forecast,
      limitedUntil: ends.length === 0 ? undefined : Math.max(...ends),
      reserveReached: account?.isReserveReached ?? false,
    }
  }

  #observe(id: string | undefined, rateLimit: RateLimit): void {
    const account = this.#account(id)
    const noticeable = isNoticeable(account.observed, rateLimit)
    const endedPause = account.observe(rateLimit)
    if (endedPause || noticeable) this.#onNote()
    if (!noticeable) return
    const { limit, remaining, windowSeconds, source } = rateLimit
    const { forecast } = account
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
    const isReserved = account.isReserveReached
    if (isReserved) this.#log.warn(fields, `${sentence}: they are kept for images that are not here`)
    else this.#log.info(fields, sentence)
  }

  #pause(id: string | undefined, retryAfterMs: number | undefined): void {
    const account = this.#account(id)
    const limited = account.pause(retryAfterMs)
    const { limit, remaining, windowSeconds, source } = account.observed ?? {}
    const told = { limit, remaining, windowSeconds, source }
    this.#tellLimited(id, limited, told, 'answered 429: no manifest is pulled')
  }

  #fallSilent(id: string | undefined, retryAfterMs: number | undefined): void {
    const limited = this.#account(id).fallSilent(retryAfterMs)
    this.#tellLimited(id, limited, {}, 'answered 429 to a blob: it is asked nothing')
  }

  /** One line says it for all that are refused at once. */
  #tellLimited(
    id: string | undefined,
    { until, pauseMs, isRepeated }: Limited,
    told: Readonly<Record<string, unknown>>,
    what: string,
  ): void {
    this.#onNote()
    if (isRepeated) return
    this.#log.warn(
      {
        event: 'upstream.limited',
        upstream: this.#upstream,
        credential: id ?? null,
        until: new Date(until).toISOString(),
        ...told,
      },
      `${this.#upstream} ${what} for ${Math.ceil(pauseMs / 1_000)} s`,
    )
  }

  #refusal(until: number): UpstreamError {
    const retryAfterMs = Math.max(1, until - this.#clock.now())
    return new UpstreamError(
      'rate-limited',
      `${this.#upstream} limits us, and is not asked before ${new Date(until).toISOString()}`,
      { upstream: this.#upstream, retryAfterMs },
    )
  }

  #account(id: string | undefined): RateAccount {
    const known = this.#accounts.get(id ?? NOBODY)
    if (known !== undefined) return known
    const account = new RateAccount(this.#reserve, this.#clock)
    this.#accounts.set(id ?? NOBODY, account)
    return account
  }
}

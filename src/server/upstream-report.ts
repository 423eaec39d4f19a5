import type { Breaker, BreakerState } from '../cache/breaker.ts'
import type { RateReport } from '../cache/rate-budget.ts'

/** One server of an upstream, as /api/v1/upstreams tells of it. */
export interface ServerReport {
  readonly state: BreakerState
  /** What it failed with last; null while it is closed. */
  readonly error: string | null
}

/** One upstream, as /api/v1/upstreams tells of it. Times are ISO 8601; null is what is not known. */
export interface UpstreamReport {
  readonly name: string
  readonly url: string
  /** The account that is asked with, and to which the limit belongs; null: nobody's. */
  readonly credential: string | null
  readonly registry: ServerReport
  /** Where its blobs come from: the registry, or where it sends us for them. */
  readonly blobs: ServerReport
  readonly token: ServerReport
  readonly limit: number | null
  readonly remaining: number | null
  readonly windowSeconds: number | null
  readonly source: string | null
  readonly observedAt: string | null
  /** When nothing will be left if pulling goes on as it does. */
  readonly forecast: string | null
  /** Until when no manifest is pulled, after a 429. */
  readonly limitedUntil: string | null
  /** True when only the reserve is left. */
  readonly reserveReached: boolean
}

export interface ReportedUpstream {
  readonly name: string
  readonly url: URL
  readonly credentialId: string | undefined
  readonly registry: Breaker
  readonly blobs: Breaker
  readonly token: Breaker
  readonly rates: RateReport
}

export function reportUpstream(upstream: ReportedUpstream): UpstreamReport {
  const { name, url, credentialId, registry, blobs, token, rates } = upstream
  const { observed, forecast, limitedUntil, reserveReached } = rates
  return {
    name,
    url: url.href,
    credential: credentialId ?? null,
    registry: reportServer(registry),
    blobs: reportServer(blobs),
    token: reportServer(token),
    limit: observed?.limit ?? null,
    remaining: observed?.remaining ?? null,
    windowSeconds: observed?.windowSeconds ?? null,
    source: observed?.source ?? null,
    observedAt: isoTime(observed?.at),
    forecast: isoTime(forecast),
    limitedUntil: isoTime(limitedUntil),
    reserveReached,
  }
}

function reportServer({ state, error }: Breaker): ServerReport {
  return { state, error: error?.message ?? null }
}

function isoTime(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString()
}

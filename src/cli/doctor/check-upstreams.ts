import { isLoopbackHost } from '../../auth/loopback.ts'
import type { ProxySettings } from '../../config/settings.ts'
import type { UpstreamsReply } from '../../server/schemas/control.ts'
import type { Finding } from './finding.ts'
import { probe, probeTrouble } from './http-probe.ts'

type Observed = UpstreamsReply['upstreams'][number]

/** How one upstream answered when it was asked for /v2/. */
export interface UpstreamAnswer {
  readonly name: string
  /** Absent: it was not asked, because only the server goes through the proxy. */
  readonly status?: number
  readonly trouble?: string
  /** How far its clock is ahead of ours. */
  readonly aheadMs?: number
}

export interface AskedUpstream {
  readonly name: string
  readonly url: URL
  readonly ca: string | undefined
}

/**
 * Asks upstreams whether they are there.
 * @param proxy what the server goes through; we do not
 */
export function askUpstreams(
  upstreams: readonly AskedUpstream[],
  proxy: ProxySettings,
  now: () => number,
): Promise<UpstreamAnswer[]> {
  return Promise.all(
    upstreams.map((upstream) => {
      const { protocol, host } = upstream.url
      const isProxied = (protocol === 'https:' ? proxy.https : proxy.http) !== undefined
      return isProxied && !isLoopbackHost(host) ? { name: upstream.name } : askUpstream(upstream, now)
    }),
  )
}

async function askUpstream({ name, url, ca }: AskedUpstream, now: () => number): Promise<UpstreamAnswer> {
  const sentAt = now()
  try {
    const { status, date } = await probe(new URL('/v2/', url), { ca })
    // `Date` has seconds: the moment that it was written lies between both ends of the request.
    const ahead = date === undefined ? {} : { aheadMs: distance(date - now(), date + 1000 - sentAt) }
    return { name, status, ...ahead }
  } catch (error) {
    return { name, trouble: probeTrouble(error) }
  }
}

/** The value nearest to zero between two bounds. */
function distance(least: number, most: number): number {
  return Math.max(least, Math.min(most, 0))
}

/**
 * @param observed what the server has seen of it, with the limit that it tells
 */
export function upstreamFinding(answer: UpstreamAnswer, observed: Observed | undefined): Finding {
  const { name, status, trouble } = answer
  const check = 'upstream'
  const limit = limitOf(observed)
  if (trouble !== undefined) {
    const advice =
      'what is cached is served; check DNS, firewall and proxy, or set allow: [] to do without it'
    return { check, status: 'fail', message: `${name} cannot be reached: ${trouble}`, advice }
  }
  if (status !== undefined && status >= 500) {
    const advice = 'it is in trouble itself; what is cached is served meanwhile'
    return { check, status: 'fail', message: `${name} answers with ${status}`, advice }
  }
  const message = `${name} ${status === undefined ? 'was not asked: a proxy is set, which the server goes through' : 'answers'}${limit}`
  if (
    observed !== undefined &&
    (observed.limitedUntil !== null || observed.reserveReached || observed.remaining === 0)
  ) {
    const advice = `log in for a larger limit (upstreams.${name}.username), or wait: what is cached is served`
    return { check, status: 'warn', message, advice }
  }
  const failure = observed?.registry.error ?? observed?.token.error ?? observed?.blobs.error
  if (failure != null) return { check, status: 'warn', message: `${message}; it failed before: ${failure}` }
  return { check, status: 'ok', message }
}

function limitOf(observed: Observed | undefined): string {
  if (observed === undefined || observed.limit === null || observed.remaining === null) return ''
  return `, ${observed.remaining} of ${observed.limit} pulls left`
}

const WARN_SKEW_MS = 30_000
const FAIL_SKEW_MS = 5 * 60_000

/** One upstream may be wrong: the one in the middle counts. */
export function clockFinding(answers: readonly UpstreamAnswer[]): Finding {
  const check = 'clock'
  const known = answers
    .flatMap(({ aheadMs }) => (aheadMs === undefined ? [] : [aheadMs]))
    .sort((a, b) => a - b)
  const aheadMs = known[Math.floor(known.length / 2)]
  if (aheadMs === undefined) {
    return { check, status: 'warn', message: 'not compared: no upstream told its time' }
  }
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  if (Math.abs(aheadMs) < WARN_SKEW_MS) return { check, status: 'ok', message: 'right, by the upstreams' }
  return {
    check,
    status: Math.abs(aheadMs) < FAIL_SKEW_MS ? 'warn' : 'fail',
    message: `${seconds} s ${aheadMs > 0 ? 'behind' : 'ahead of'} the upstreams`,
    advice: 'set the clock (NTP): certificates and tokens are judged by it',
  }
}

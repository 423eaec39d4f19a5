import type { Registry } from 'prom-client'
import type { BreakerState } from '../../cache/breaker.ts'
import type { Clock } from '../../clock.ts'
import type { ExchangeCounts } from '../../upstream/upstream.ts'
import type { UpstreamReport } from '../upstream-report.ts'
import { addCounter, addGauge, type Reading } from './read-metric.ts'

export interface MeteredUpstreams {
  /** By name. */
  readonly meters: ReadonlyMap<string, ExchangeCounts>
  list(): readonly UpstreamReport[]
}

/** Statuses that registries use. Others are told by their class, so that no upstream makes series by the hundred. */
const TOLD_STATUSES: ReadonlySet<number> = new Set([
  200, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 416, 429, 500, 502, 503, 504,
])

const STATES: Readonly<Record<BreakerState, number>> = { closed: 0, doubtful: 1, open: 2 }
const SERVERS = ['registry', 'blobs', 'token'] as const

/** What upstreams are asked, and what they still let us ask. */
export function addUpstreamMetrics(
  registry: Registry,
  { meters, list }: MeteredUpstreams,
  clock: Clock,
): void {
  addCounter(registry, {
    name: 'entrepot_upstream_requests_total',
    help: 'Requests to upstreams, their token servers and where they redirect, by status; "none" was not answered.',
    labels: ['upstream', 'status'],
    read: function* () {
      for (const [upstream, { replies, unanswered }] of meters) {
        for (const [status, value] of replies) yield { labels: { upstream, status: told(status) }, value }
        if (unanswered > 0) yield { labels: { upstream, status: 'none' }, value: unanswered }
      }
    },
  })
  addCounter(registry, {
    name: 'entrepot_upstream_received_bytes_total',
    help: 'Bytes of manifests and blobs that came from upstreams.',
    labels: ['upstream'],
    read: function* () {
      for (const [upstream, { receivedBytes: value }] of meters) yield { labels: { upstream }, value }
    },
  })
  const perUpstream = (read: (report: UpstreamReport) => number | undefined) =>
    function* (): Iterable<Reading> {
      for (const report of list()) {
        const value = read(report)
        if (value !== undefined) yield { labels: { upstream: report.name }, value }
      }
    }
  const add = (name: string, help: string, read: (report: UpstreamReport) => number | undefined): void =>
    addGauge(registry, { name, help, labels: ['upstream'], read: perUpstream(read) })
  add(
    'entrepot_upstream_limit_pulls',
    'Pulls that an upstream allows within its window, as it told last.',
    ({ limit }) => limit ?? undefined,
  )
  add(
    'entrepot_upstream_remaining_pulls',
    'Pulls that an upstream still allows, as it told last.',
    ({ remaining }) => remaining ?? undefined,
  )
  add(
    'entrepot_upstream_exhaustion_seconds',
    'Until no pull is left if pulling goes on as it does; absent when that is not within the window.',
    ({ forecast }) => secondsUntil(forecast, clock),
  )
  add(
    'entrepot_upstream_limited_seconds',
    'Until manifests are pulled again, after a 429; 0 while they are.',
    ({ limitedUntil }) => secondsUntil(limitedUntil, clock) ?? 0,
  )
  add(
    'entrepot_upstream_reserve_reached',
    '1 when the pulls that are left are kept for images that are not here.',
    ({ reserveReached }) => Number(reserveReached),
  )
  addGauge(registry, {
    name: 'entrepot_upstream_state',
    help: '0: answers; 1: failed a moment ago; 2: failed again and again, and is left alone.',
    labels: ['upstream', 'server'],
    read: function* () {
      for (const report of list()) {
        for (const server of SERVERS) {
          yield { labels: { upstream: report.name, server }, value: STATES[report[server].state] }
        }
      }
    },
  })
}

function told(status: number): string {
  return TOLD_STATUSES.has(status) ? String(status) : `${Math.floor(status / 100)}xx`
}

function secondsUntil(time: string | null, clock: Clock): number | undefined {
  return time === null ? undefined : Math.max(0, (Date.parse(time) - clock.now()) / 1000)
}

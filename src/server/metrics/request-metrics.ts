import type { Registry } from 'prom-client'
import { ReadHistogram } from './read-histogram.ts'
import { addCounter } from './read-metric.ts'
import { DOORS, DURATION_BOUNDS_S, ENDINGS, ORIGINS, REQUEST_KINDS, type Traffic } from './traffic.ts'

/** What clients ask, and how fast they have it. */
export function addRequestMetrics(registry: Registry, traffic: Traffic): void {
  addCounter(registry, {
    name: 'entrepot_requests_total',
    help: 'Requests under /v2 that are over, by the way they came in, what they were for, and how they ended.',
    labels: ['door', 'kind', 'outcome'],
    read: function* () {
      for (const door of DOORS) {
        for (const kind of REQUEST_KINDS) {
          for (const outcome of ENDINGS) {
            const value = traffic.requests(door, kind, outcome)
            if (value > 0) yield { labels: { door, kind, outcome }, value }
          }
        }
      }
    },
  })
  addCounter(registry, {
    name: 'entrepot_sent_bytes_total',
    help: 'Bytes of content that clients were sent, counted when a request is over.',
    labels: ['kind'],
    read: () => REQUEST_KINDS.map((kind) => ({ labels: { kind }, value: traffic.sentBytes(kind) })),
  })
  new ReadHistogram({
    registry,
    name: 'entrepot_request_duration_seconds',
    help: 'From the head of a request to the end of its reply, of what was answered well: from the cache alone, or with an upstream asked.',
    labels: ['kind', 'origin'],
    bounds: DURATION_BOUNDS_S,
    read: function* () {
      for (const kind of REQUEST_KINDS) {
        for (const origin of ORIGINS) {
          const { counts, sumS: sum } = traffic.durations(kind, origin)
          yield { labels: { kind, origin }, counts, sum }
        }
      }
    },
  })
}

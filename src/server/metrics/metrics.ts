import { Registry } from 'prom-client'
import type { Credential } from '../../auth/credential.ts'
import type { CacheActivity } from '../../cache/cache-activity.ts'
import type { Usage } from '../../cache/cache-admin.ts'
import type { Clock } from '../../clock.ts'
import { addCacheMetrics } from './cache-metrics.ts'
import type { MetricsText } from './metrics-text.ts'
import { ProcessMetrics } from './process-metrics.ts'
import { PullCounts } from './pull-counts.ts'
import { addGauge } from './read-metric.ts'
import { addRequestMetrics } from './request-metrics.ts'
import { Traffic } from './traffic.ts'
import { addUpstreamMetrics, type MeteredUpstreams } from './upstream-metrics.ts'

export interface MetricsParts {
  readonly upstreams: MeteredUpstreams
  readonly activity: () => CacheActivity
  readonly usage: () => Promise<Usage>
  readonly credentials: { list(kind: Credential['kind']): readonly Credential[] }
  readonly clock: Clock
}

const CREDENTIAL_KINDS = ['token', 'job'] as const satisfies readonly Credential['kind'][]

/** What one server tells Prometheus. Labels are from the settings or from short lists: no image and no group is one. */
export class Metrics implements MetricsText, Disposable {
  readonly traffic = new Traffic()
  readonly pulls = new PullCounts()
  readonly #registry = new Registry()
  readonly #process = new ProcessMetrics(this.#registry)
  readonly #readUsage: () => Promise<Usage>
  #usage: Usage | undefined

  constructor({ upstreams, activity, usage, credentials, clock }: MetricsParts) {
    this.#readUsage = usage
    addRequestMetrics(this.#registry, this.traffic)
    this.pulls.addTo(this.#registry)
    addUpstreamMetrics(this.#registry, upstreams, clock)
    addCacheMetrics(this.#registry, { activity, usage: () => this.#usage })
    addGauge(this.#registry, {
      name: 'entrepot_credentials',
      help: 'Credentials that are valid now: tokens, and those of jobs.',
      labels: ['kind'],
      read: () =>
        CREDENTIAL_KINDS.map((kind) => {
          const isValid = ({ expiresAt, revokedAt }: Credential) =>
            revokedAt === undefined && (expiresAt === undefined || expiresAt > clock.now())
          return { labels: { kind }, value: credentials.list(kind).filter(isValid).length }
        }),
    })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  async render(): Promise<string> {
    // A catalog in trouble is when the other numbers are wanted most.
    this.#usage = await this.#readUsage().catch(() => undefined)
    return this.#registry.metrics()
  }

  [Symbol.dispose](): void {
    this.#process[Symbol.dispose]()
  }
}

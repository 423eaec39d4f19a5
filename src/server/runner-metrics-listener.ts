import type { FastifyInstance } from 'fastify'
import type { ListenAddress } from '../config/settings.ts'
import type { Log } from '../log.ts'
import { closeApps } from './close-apps.ts'
import { DEFAULT_LIMITS } from './connection-limits.ts'
import { listen } from './listen.ts'
import type { MetricsText } from './metrics/metrics-text.ts'
import { buildMetricsApp } from './metrics-app.ts'

/** For a scrape that is under way. */
const GRACE_MS = 1000

/** /metrics of runners, where their settings say; these may change. */
export class RunnerMetricsListener implements AsyncDisposable {
  readonly #metrics: MetricsText
  readonly #log: Log
  #app: FastifyInstance | undefined
  /** Of the listener that is there. */
  #address: ListenAddress | undefined

  constructor(metrics: MetricsText, log: Log) {
    this.#metrics = metrics
    this.#log = log
  }

  /**
   * One call at a time. An address that cannot be used is told to the log, and tried again with the next call: work
   * goes on without a scrape.
   * @param address undefined: nowhere. An empty host is all addresses of this machine
   */
  async follow(address: ListenAddress | undefined): Promise<void> {
    if (address?.host === this.#address?.host && address?.port === this.#address?.port) return
    await this[Symbol.asyncDispose]()
    if (address === undefined) return
    const app = buildMetricsApp(this.#metrics, DEFAULT_LIMITS)
    try {
      const url = await listen(app, address, 'http')
      this.#log.info({ event: 'runner.metrics_listening', address: url }, `metrics on ${url}/metrics`)
      this.#app = app
      this.#address = address
    } catch (error) {
      await app.close()
      const { host, port } = address
      const told = 'metrics cannot be told where the settings say: work goes on without'
      this.#log.error({ event: 'runner.metrics_failed', host, port, err: error }, told)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const app = this.#app
    this.#app = undefined
    this.#address = undefined
    if (app !== undefined) await closeApps([app], GRACE_MS)
  }
}

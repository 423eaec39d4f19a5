import { readdirSync } from 'node:fs'
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { Registry } from 'prom-client'
import { version } from '../../version.ts'
import { addCounter, addGauge, type Reading } from './read-metric.ts'

/** How often the event loop is looked at: what is shorter than a tenth of a second is what we want to see. */
const RESOLUTION_MS = 20

const QUANTILES = [
  ['0.5', 50],
  ['0.99', 99],
  ['1', 100],
] as const

/** The process itself, by the names that Prometheus has for every process, and how late its event loop is. */
export class ProcessMetrics implements Disposable {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

  constructor(registry: Registry) {
    this.#delay.enable()
    addGauge(registry, {
      name: 'entrepot_build_info',
      help: '1; the version is in the labels.',
      labels: ['version', 'node'],
      read: () => [{ labels: { version, node: process.versions.node }, value: 1 }],
    })
    addGauge(registry, {
      name: 'entrepot_event_loop_lag_seconds',
      help: 'How much later than due the event loop came to its timers since the last scrape.',
      labels: ['quantile'],
      read: () => this.#lag(),
    })
    addCounter(registry, {
      name: 'process_cpu_seconds_total',
      help: 'Processor time, of user and system.',
      read: () => {
        const { user, system } = process.cpuUsage()
        return [{ value: (user + system) / 1e6 }]
      },
    })
    addGauge(registry, {
      name: 'process_resident_memory_bytes',
      help: 'Memory that is not swapped out.',
      read: () => [{ value: process.memoryUsage.rss() }],
    })
    addGauge(registry, {
      name: 'process_start_time_seconds',
      help: 'When the process started, since the epoch.',
      read: () => [{ value: Math.round(performance.timeOrigin) / 1000 }],
    })
    addGauge(registry, {
      name: 'process_open_fds',
      help: 'Open file descriptors, on Linux.',
      read: openDescriptors,
    })
  }

  [Symbol.dispose](): void {
    this.#delay.disable()
  }

  *#lag(): Iterable<Reading> {
    // The timer's own period is in what it measures.
    for (const [quantile, percent] of QUANTILES) {
      const lateS = this.#delay.percentile(percent) / 1e9 - RESOLUTION_MS / 1000
      yield { labels: { quantile }, value: Math.max(0, lateS) }
    }
    this.#delay.reset()
  }
}

function openDescriptors(): Reading[] {
  try {
    // The one that lists them is among them.
    return [{ value: readdirSync('/proc/self/fd').length - 1 }]
  } catch {
    return []
  }
}

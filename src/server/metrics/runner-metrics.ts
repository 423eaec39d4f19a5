import { Registry } from 'prom-client'
import type { DurationCounts } from '../../duration-counts.ts'
import type { MetricsText } from './metrics-text.ts'
import { ProcessMetrics } from './process-metrics.ts'
import { type HistogramReading, ReadHistogram } from './read-histogram.ts'
import { addCounter, addGauge, type Reading } from './read-metric.ts'

export interface MeteredRunners {
  readonly concurrent: number
  /** Of all durations, in seconds, ascending. */
  readonly durationBoundsS: readonly number[]
  /** By name. */
  readonly runners: ReadonlyMap<string, MeteredRunner>
}

export interface MeteredRunner {
  readonly jobsRunning: number
  /** 0: none of its own. */
  readonly limit: number
  /** Undefined when it takes no more jobs. */
  readonly state: RunnerState | undefined
  /** In seconds since the epoch. Undefined when it does not expire. */
  readonly tokenExpiresAtS: number | undefined
  readonly answers: Iterable<readonly [answer: string, count: number]>
  readonly jobsEnded: Iterable<readonly [result: string, count: number]>
  readonly images: Iterable<readonly [source: string, count: number]>
  readonly durations: MeteredDurations
  readonly phases: ReadonlyMap<string, MeteredDurations>
}

type MeteredDurations = Pick<DurationCounts, 'counts' | 'sumS'>
type RunnerState = keyof typeof STATES

const STATES = { asking: 0, unanswered: 1, unusable: 2 } as const

/** What the runners of one process tell Prometheus. Of a job there is nothing but numbers: no project, no id, no image. */
export class RunnerMetrics implements MetricsText, Disposable {
  readonly #registry = new Registry()
  readonly #process = new ProcessMetrics(this.#registry)

  constructor(metered: MeteredRunners) {
    addJobMetrics(this.#registry, metered)
    addRunnerMetrics(this.#registry, metered)
    addTokenMetrics(this.#registry, metered)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  render(): Promise<string> {
    return this.#registry.metrics()
  }

  [Symbol.dispose](): void {
    this.#process[Symbol.dispose]()
  }
}

function addJobMetrics(registry: Registry, metered: MeteredRunners): void {
  const each = eachOf(metered)
  addGauge(registry, {
    name: 'entrepot_jobs_running',
    help: 'Jobs that have begun, and whose end the server has not been told yet.',
    labels: ['runner'],
    read: () => each((runner, { jobsRunning }) => [{ labels: { runner }, value: jobsRunning }]),
  })
  addGauge(registry, {
    name: 'entrepot_jobs_max',
    help: 'How many jobs of all runners run at a time: concurrent.',
    read: () => [{ value: metered.concurrent }],
  })
  addCounter(registry, {
    name: 'entrepot_jobs_ended_total',
    help: 'Jobs that are over: success, or why they failed.',
    labels: ['result', 'runner'],
    read: () => each((runner, { jobsEnded }) => counted(jobsEnded, (result) => ({ result, runner }))),
  })
  addCounter(registry, {
    name: 'entrepot_job_images_total',
    help: 'Images of jobs, by where they came from.',
    labels: ['runner', 'source'],
    read: () => each((runner, { images }) => counted(images, (source) => ({ runner, source }))),
  })
  addDurations(registry, metered, {
    name: 'entrepot_job_duration_seconds',
    help: 'From the start of a job to the end of its containers.',
    labels: ['runner'],
    read: (runner, { durations }) => [readingOf({ runner }, durations)],
  })
  addDurations(registry, metered, {
    name: 'entrepot_job_phase_duration_seconds',
    help: 'What takes the time of jobs.',
    labels: ['phase', 'runner'],
    read: (runner, { phases }) =>
      [...phases].map(([phase, durations]) => readingOf({ phase, runner }, durations)),
  })
}

function addRunnerMetrics(registry: Registry, metered: MeteredRunners): void {
  const each = eachOf(metered)
  addGauge(registry, {
    name: 'entrepot_runner_jobs_max',
    help: 'How many jobs of one runner run at a time: limit; absent where none is set.',
    labels: ['runner'],
    read: () => each((runner, { limit }) => (limit === 0 ? [] : [{ labels: { runner }, value: limit }])),
  })
  addCounter(registry, {
    name: 'entrepot_runner_requests_total',
    help: 'Requests for a job, by what they brought.',
    labels: ['answer', 'runner'],
    read: () => each((runner, { answers }) => counted(answers, (answer) => ({ answer, runner }))),
  })
  addGauge(registry, {
    name: 'entrepot_runner_state',
    help: '0: asks for jobs; 1: its server gives no proper answer; 2: its engine or its cache cannot be used.',
    labels: ['runner'],
    read: () =>
      each((runner, { state }) =>
        state === undefined ? [] : [{ labels: { runner }, value: STATES[state] }],
      ),
  })
}

function addTokenMetrics(registry: Registry, metered: MeteredRunners): void {
  addGauge(registry, {
    name: 'entrepot_runner_token_expires_timestamp_seconds',
    help: 'When the token of a runner expires, in seconds since 1970; absent where it does not.',
    labels: ['runner'],
    read: () =>
      eachOf(metered)((runner, { tokenExpiresAtS: value }) =>
        value === undefined ? [] : [{ labels: { runner }, value }],
      ),
  })
}

interface RunnerDurations {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  read(runner: string, figures: MeteredRunner): readonly HistogramReading[]
}

function addDurations(registry: Registry, metered: MeteredRunners, { read, ...told }: RunnerDurations): void {
  const { durationBoundsS: bounds } = metered
  new ReadHistogram({ registry, ...told, bounds, read: () => eachOf(metered)(read) })
}

function readingOf(labels: HistogramReading['labels'], { counts, sumS }: MeteredDurations): HistogramReading {
  return { labels, counts, sum: sumS }
}

/** What is read of each runner, in one list. */
function eachOf({ runners }: MeteredRunners) {
  return <T>(read: (runner: string, figures: MeteredRunner) => readonly T[]): readonly T[] =>
    [...runners].flatMap(([name, figures]) => read(name, figures))
}

function counted(
  counts: Iterable<readonly [string, number]>,
  labelsOf: (key: string) => NonNullable<Reading['labels']>,
): readonly Reading[] {
  return [...counts].map(([key, value]) => ({ labels: labelsOf(key), value }))
}

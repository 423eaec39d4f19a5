import type { Clock } from '../../clock.ts'
import type { PlannedJob } from '../plan/planned-job.ts'
import { isSettled } from '../schedule/job-status.ts'
import { type PipelineStatus, pipelineStatus } from '../schedule/pipeline-status.ts'
import {
  advance,
  beginSchedule,
  type ScheduleEvent,
  type ScheduleOptions,
  type ScheduleState,
} from '../schedule/schedule.ts'
import { finishedJob, type LastTry } from './finished-job.ts'
import type { JobRunner, TryEnd } from './job-runner.ts'
import type { RunEvent } from './pipeline-events.ts'

export interface PipelineOrder {
  /** In the order of the pipeline. */
  readonly jobs: readonly PlannedJob[]
  readonly runner: JobRunner
  readonly schedule: ScheduleOptions
  /** How many jobs run at a time, from 1. */
  readonly concurrency: number
  readonly clock: Clock
  /** Nothing more is started. What runs is awaited; ending it is its runner's. */
  readonly cancel: AbortSignal
  /** Told all but the last event, which sums up. */
  readonly emit: (event: RunEvent) => void
}

export type FinalStatus = Exclude<PipelineStatus, 'running'>

/** A timer that is set for longer rings at once. */
const LONGEST_TIMER_MS = 60 * 60_000

/**
 * Runs a pipeline to its end: every job starts the moment that its own inputs are settled.
 * @returns what it came to; `empty` without jobs
 */
export async function runPipeline(order: PipelineOrder): Promise<FinalStatus> {
  return await new PipelineRun(order).run()
}

type TryRecord = { -readonly [Key in keyof LastTry]: LastTry[Key] }

class PipelineRun {
  readonly #order: PipelineOrder
  readonly #byName: ReadonlyMap<string, PlannedJob>
  readonly #tries = new Map<string, TryRecord>()
  /** By slot. */
  readonly #running = new Map<number, string>()
  readonly #over = new AbortController()
  /** Handed out, without a slot yet. */
  #queue: string[] = []
  #state: ScheduleState
  #wake = new AbortController()
  #settle: (status: FinalStatus) => void = () => {}

  constructor(order: PipelineOrder) {
    this.#order = order
    this.#byName = new Map(order.jobs.map((job) => [job.name, job]))
    this.#state = beginSchedule(order.jobs)
  }

  async run(): Promise<FinalStatus> {
    const { jobs, cancel, emit } = this.#order
    const listed = jobs.map(({ name, config }) => ({ job: name, stage: config.stage }))
    emit({ event: 'pipeline.started', time: this.#time(), jobs: listed })
    const settled = new Promise<FinalStatus>((resolve) => {
      this.#settle = resolve
    })
    const stop = () => this.#cancel()
    cancel.addEventListener('abort', stop, { once: true, signal: this.#over.signal })
    this.#step({ kind: 'time' })
    if (cancel.aborted) stop()
    try {
      return await settled
    } finally {
      this.#over.abort()
      this.#wake.abort()
      this.#tellLeft()
    }
  }

  #step(event: ScheduleEvent): void {
    const { jobs, schedule, clock } = this.#order
    const before = this.#state
    const step = advance(jobs, before, event, schedule, clock.now())
    this.#state = step.state
    this.#note(before)
    this.#queue.push(...step.start)
    this.#startQueued()
    this.#setTimer(step.wakeAt)
    const status = pipelineStatus(jobs, this.#state)
    if (status !== 'running') this.#settle(status)
  }

  #cancel(): void {
    const queued = this.#queue
    this.#queue = []
    this.#step({ kind: 'canceled' })
    for (const job of queued) this.#step({ kind: 'ended', job, outcome: { status: 'canceled' } })
  }

  #startQueued(): void {
    const { concurrency } = this.#order
    while (this.#running.size < concurrency) {
      const name = this.#queue.shift()
      const job = name === undefined ? undefined : this.#byName.get(name)
      if (job === undefined) return
      let slot = 0
      while (this.#running.has(slot)) slot++
      this.#running.set(slot, job.name)
      void this.#runOne(job, slot)
    }
  }

  async #runOne(job: PlannedJob, slot: number): Promise<void> {
    const { clock, runner, emit } = this.#order
    const { name, config } = job
    const record = this.#recordOf(name)
    let end: TryEnd = { outcome: { status: 'skipped' }, logFile: undefined, images: [] }
    if (config.notRun === undefined) {
      record.startedAt = clock.now()
      emit({ event: 'job.started', time: this.#time(), job: name, stage: config.stage })
      end = await runner.run(job, slot)
    } else {
      // Whoever hands it out is not done yet.
      await Promise.resolve()
    }
    record.endedAt = clock.now()
    record.end = end
    this.#running.delete(slot)
    this.#step({ kind: 'ended', job: name, outcome: end.outcome })
  }

  /** Tells what has become of jobs. */
  #note(before: ScheduleState): void {
    const { jobs, clock, emit } = this.#order
    for (const job of jobs) {
      const state = this.#state.jobs.get(job.name)
      const old = before.jobs.get(job.name)
      if (state === undefined || old === undefined || state === old) continue
      const isOpenAgain = old.status === 'running' && !isSettled(state.status)
      if (isOpenAgain) this.#tellRetry(job)
      const isReady = state.status === 'waiting' || state.status === 'running'
      if (isReady && (isOpenAgain || old.status !== 'waiting')) {
        this.#tries.set(job.name, {
          readyAt: clock.now(),
          startedAt: undefined,
          endedAt: undefined,
          end: undefined,
        })
      }
      if (state.status === 'delayed' && state.startAt !== undefined) {
        const { name, config } = job
        const startAt = new Date(state.startAt).toISOString()
        emit({ event: 'job.delayed', time: this.#time(), job: name, stage: config.stage, startAt })
      }
      if (isSettled(state.status) || state.status === 'manual') this.#tellFinished(job)
    }
  }

  #tellRetry({ name, config }: PlannedJob): void {
    const outcome = this.#tries.get(name)?.end?.outcome
    if (outcome?.status !== 'failed') return
    this.#order.emit({
      event: 'job.retried',
      time: this.#time(),
      job: name,
      stage: config.stage,
      reason: outcome.reason,
      exitCode: outcome.exitCode ?? null,
    })
  }

  #tellFinished(job: PlannedJob): void {
    const { jobs, emit } = this.#order
    const record = this.#tries.get(job.name)
    emit({ ...finishedJob(job, jobs, this.#state, record), time: this.#time() })
  }

  /** Behind a job that waits for a person. */
  #tellLeft(): void {
    for (const job of this.#order.jobs) {
      if (this.#state.jobs.get(job.name)?.status === 'created') this.#tellFinished(job)
    }
  }

  #recordOf(name: string): TryRecord {
    const record = this.#tries.get(name)
    if (record === undefined) throw new Error(`${name} was handed out without being ready`)
    return record
  }

  #setTimer(wakeAt: number | undefined): void {
    this.#wake.abort()
    if (wakeAt === undefined || this.#over.signal.aborted) return
    this.#wake = new AbortController()
    const { clock } = this.#order
    const waitMs = Math.min(Math.max(0, wakeAt - clock.now()), LONGEST_TIMER_MS)
    clock.sleep(waitMs, this.#wake.signal).then(
      () => this.#step({ kind: 'time' }),
      () => {},
    )
  }

  #time(): string {
    return new Date(this.#order.clock.now()).toISOString()
  }
}

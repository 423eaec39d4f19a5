import type { JobOutcome } from '../../../src/pipeline/schedule/job-outcome.ts'
import { pipelineStatus } from '../../../src/pipeline/schedule/pipeline-status.ts'
import {
  advance,
  beginSchedule,
  type ScheduledJob,
  type ScheduleEvent,
  type ScheduleOptions,
} from '../../../src/pipeline/schedule/schedule.ts'

export const SUCCESS: JobOutcome = { status: 'success' }

export function failure(exitCode = 1, reason = 'script_failure'): JobOutcome {
  return { status: 'failed', reason, exitCode }
}

export function scheduled(
  name: string,
  stageIndex: number,
  written: Partial<ScheduledJob> = {},
): ScheduledJob {
  return {
    name,
    stageIndex,
    when: 'on_success',
    startInMs: undefined,
    allowFailure: false,
    needs: undefined,
    resourceGroup: undefined,
    config: { retry: { max: 0, when: [], exitCodes: [] } },
    ...written,
  }
}

/** A pipeline that is moved by hand. */
export class MovedPipeline {
  readonly jobs: readonly ScheduledJob[]
  /** Handed out until now, in order; a job that is tried again is there again. */
  readonly started: string[] = []
  nowAt = 1_000_000
  wakeAt: number | undefined
  readonly #options: ScheduleOptions
  #state

  constructor(jobs: readonly ScheduledJob[], options: Partial<ScheduleOptions> = {}) {
    this.jobs = jobs
    this.#options = { played: new Set(), skipDelays: false, ...options }
    this.#state = beginSchedule(jobs)
    this.happen({ kind: 'time' })
  }

  happen(event: ScheduleEvent): void {
    const step = advance(this.jobs, this.#state, event, this.#options, this.nowAt)
    this.#state = step.state
    this.wakeAt = step.wakeAt
    this.started.push(...step.start)
  }

  end(job: string, outcome: JobOutcome = SUCCESS): void {
    this.happen({ kind: 'ended', job, outcome })
  }

  get running(): readonly string[] {
    return this.jobs.map(({ name }) => name).filter((name) => this.status(name) === 'running')
  }

  status(job: string) {
    return this.#state.jobs.get(job)?.status
  }

  get statuses(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#state.jobs].map(([name, { status }]) => [name, status]))
  }

  get result() {
    return pipelineStatus(this.jobs, this.#state)
  }
}

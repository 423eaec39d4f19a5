import { DurationCounts } from '../../duration-counts.ts'
import type { ImageSource } from '../../executor/executor.ts'
import type { FailureReason } from '../../executor/failure.ts'
import type { JobPhase } from '../../executor/run/job-run.ts'
import type { RequestedJob } from '../protocol/job-calls.ts'
import { Counts } from './counts.ts'

/** How a job ended. The reason is ours: servers are told another where they do not know it. */
export type JobEnding = 'success' | FailureReason

const JOB_ENDINGS = [
  'success',
  'script_failure',
  'runner_system_failure',
  'runner_configuration_error',
  'runner_external_dependency_failure',
  'image_pull_failure',
  'job_execution_timeout',
  'job_canceled',
  'runner_interrupted',
] as const satisfies readonly JobEnding[]

const IMAGE_SOURCES = [
  'hit',
  'revalidated',
  'stale',
  'updated',
  'miss',
  'skip',
  'proxied',
  'direct',
  'local',
] as const satisfies readonly ImageSource[]

const ANSWERS = ['job', 'none', 'conflict', 'failed'] as const satisfies readonly Answer[]

/** What a request for a job brought; `failed`: no proper answer. */
export type Answer = RequestedJob['kind'] | 'failed'

const JOB_PHASES = ['prepare', 'before_steps', 'steps', 'after_steps'] as const satisfies readonly JobPhase[]

/** Upper bounds in seconds: jobs that do next to nothing, those that people wait for, and those of a night. */
export const DURATION_BOUNDS_S = [1, 5, 15, 60, 300, 900, 3600, 14_400] as const

/**
 * Whether a runner can take jobs, the worst last:
 * - `asking`      it asks its server for them
 * - `unanswered`  its server gives no proper answer
 * - `unusable`    its engine or its cache cannot be used
 */
export const RUNNER_STATES = ['asking', 'unanswered', 'unusable'] as const
export type RunnerState = (typeof RUNNER_STATES)[number]

/** For whoever looks after a runner to say how it is. */
export interface RunnerHealth {
  state: RunnerState
  /** Of the token. Wall time in milliseconds since the epoch; absent: it does not expire. */
  readonly tokenExpiresAt: number | undefined
}

/** What one runner has done since the program started, in plain numbers. */
export class RunnerFigures {
  readonly answers = new Counts<Answer>(ANSWERS)
  readonly jobsEnded = new Counts<JobEnding>(JOB_ENDINGS)
  readonly images = new Counts<ImageSource>(IMAGE_SOURCES)
  /** Of jobs, from the server's yes to the end of their containers. */
  readonly durations = new DurationCounts(DURATION_BOUNDS_S)
  readonly phases: ReadonlyMap<JobPhase, DurationCounts> = new Map(
    JOB_PHASES.map((phase) => [phase, new DurationCounts(DURATION_BOUNDS_S)]),
  )
  /** 0: as many as all runners may have. */
  limit = 0
  #jobsRunning = 0
  readonly #healths = new Set<RunnerHealth>()

  get jobsRunning(): number {
    return this.#jobsRunning
  }

  /** Undefined when it takes no more jobs. */
  get state(): RunnerState | undefined {
    const states = [...this.#healths].map(({ state }) => state)
    return RUNNER_STATES.findLast((state) => states.includes(state))
  }

  /** In seconds since the epoch, the earliest. Undefined when none expires. */
  get tokenExpiresAtS(): number | undefined {
    const times = [...this.#healths].flatMap(({ tokenExpiresAt }) => tokenExpiresAt ?? [])
    return times.length === 0 ? undefined : Math.min(...times) / 1000
  }

  /** Counted until it takes no more jobs. */
  serving(until: AbortSignal, tokenExpiresAt?: number): RunnerHealth {
    const health: RunnerHealth = { state: 'asking', tokenExpiresAt }
    if (until.aborted) return health
    this.#healths.add(health)
    until.addEventListener('abort', () => this.#healths.delete(health), { once: true })
    return health
  }

  jobBegan(): void {
    this.#jobsRunning += 1
  }

  /** When its server has been told, too. */
  jobIsOver(ending: JobEnding, durationMs: number): void {
    this.#jobsRunning -= 1
    this.jobsEnded.add(ending)
    this.durations.note(durationMs)
  }

  notePhase(phase: JobPhase, durationMs: number): void {
    this.phases.get(phase)?.note(durationMs)
  }
}

import type { Executor, TraceWriter } from '../executor/executor.ts'
import type { Job, JobVariable } from '../executor/job/job.ts'
import type { JobStages, RunSettings } from '../executor/run/job-run.ts'
import type { OpenedCoordinator } from './protocol/open-coordinator.ts'

/** One `[[runners]]` of config.toml that is to take jobs. */
export interface RunnerPlan {
  /** For the log. */
  readonly name: string
  /** Of the runner, whatever its settings. Jobs of all that have the same count for its `limit`. */
  readonly key: string
  /** Of everything in it: with another one it is a plan that takes the place of this. */
  readonly version: string
  /** How many jobs at a time; 0: as many as all runners may have. */
  readonly limit: number
  readonly requestConcurrency: number
  /** Between a request that brought no job and the next. */
  readonly checkIntervalMs: number
  /** Secret. */
  readonly token: string
  /** Wall time in milliseconds since the epoch. Absent: it does not expire, as far as is known. */
  readonly tokenExpiresAt?: number | undefined
  /** The `url` of the server, as in config.toml. */
  readonly url: string
  /** The first lines of every log. */
  readonly banner: readonly string[]
  readonly outputLimitBytes: number
  readonly settings: RunSettings
  /** @throws when something that it needs cannot be used: it is tried again. The result is the caller's to close */
  open(signal: AbortSignal): Promise<OpenedRunner>
}

/** What runs the jobs of a runner. */
export interface OpenedRunner {
  readonly coordinator: Pick<OpenedCoordinator, 'jobs'>
  readonly executor: Executor
  /** What jobs are told of their server; after those of the settings. */
  readonly variables: readonly JobVariable[]
  readonly stagesOf: (job: Job, trace: TraceWriter) => JobStages
  /** Aborted when something of this is gone: another is opened, and jobs that run go on with this one. */
  readonly lost: AbortSignal
  /** After its last job. */
  close(): Promise<void>
}

import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { Executor, JobEnvironment, JobOrder, PreparedEnvironment } from '../executor.ts'
import type { Job, JobVariable } from '../job/job.ts'
import type { JobVariables } from '../job/job-variables.ts'
import type { JobTrace } from '../trace/job-trace.ts'

/** One job, and all that it takes to run it. */
export interface JobRun {
  readonly job: Job
  readonly executor: Executor
  readonly trace: JobTrace
  readonly clock: Clock
  readonly log: Log
  /** See JobOrder. */
  readonly slot: number
  /** See JobOrder. */
  readonly runnerSlot?: JobOrder['runnerSlot']
  /** See JobOrder. */
  readonly onImage?: JobOrder['onImage']
  /** Called at the end of each phase that began, also of one that failed. */
  readonly onPhase?: (phase: JobPhase, durationMs: number) => void
  readonly settings: RunSettings
  readonly stages: JobStages
  /** Ends the steps; after_script still runs. The reason is a JobFailure. */
  readonly cancel: AbortSignal
  /** Ends the job at once; only what it leaves behind is removed. The reason is a JobFailure. */
  readonly abort: AbortSignal
}

/**
 * What takes the time of a job: `prepare`, images, network and services; `before_steps`, sources, caches and artifacts
 * of earlier jobs; `steps`, its own scripts; `after_steps`, its caches and artifacts.
 */
export type JobPhase = 'prepare' | 'before_steps' | 'steps' | 'after_steps'

/** What the runner's owner says for all jobs. */
export interface RunSettings {
  /** `environment`. */
  readonly variables: readonly JobVariable[]
  /** CI_RUNNER_VERSION and the like. */
  readonly program?: readonly JobVariable[] | undefined
  readonly featureFlags: ReadonlyMap<string, boolean>
  readonly preBuildScript: string | undefined
  readonly postBuildScript: string | undefined
  /** `debug_trace_disabled`: no job shows more in its log than it says. Absent: they may. */
  readonly isDebugTraceDisabled?: boolean | undefined
  /** `prepare_timeout`, for all tries. Absent: as long as the job. */
  readonly prepareTimeoutMs?: number | undefined
  /** `get_sources_timeout`, for all tries. Absent: as long as the job. */
  readonly getSourcesTimeoutMs?: number | undefined
  /** Of this machine, for the log. */
  readonly hostName: string
}

/** What is done around the steps. A stage with nothing to do is not in the list: it has no section in the log. */
export interface JobStages {
  /** Sources, caches, artifacts of earlier jobs. The first that fails ends the job. */
  readonly beforeSteps: readonly JobStage[]
  /** Caches and artifacts, also of a job that failed. All are run; one that throws fails a job that had succeeded. */
  afterSteps(status: 'success' | 'failed'): readonly JobStage[]
}

export interface JobStage {
  /** `get_sources`, as in sections. */
  readonly name: string
  /** `Getting source from Git repository`. */
  readonly title: string
  run(place: JobPlace, signal: AbortSignal): Promise<void>
}

/** Where a job runs, when it is prepared. */
export interface JobPlace {
  readonly environment: JobEnvironment
  readonly prepared: PreparedEnvironment
  /** All of them. */
  readonly variables: JobVariables
}

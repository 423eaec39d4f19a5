import type { Job, JobVariable } from './job.ts'
import { TEMPORARY_DIRECTORY } from './job-variables.ts'

export interface VariableSources {
  readonly job: Job
  /** `environment` of the runner. */
  readonly runner: readonly JobVariable[]
  /** Switches of the runner's settings: no job overrides them. */
  readonly featureFlags: ReadonlyMap<string, boolean>
  /** See JobOrder. */
  readonly slot: number
  /** See JobOrder. */
  readonly runnerSlot?: number | undefined
  readonly directories: {
    readonly builds: string
    readonly project: string
    readonly temporary: string
  }
  /** What is true of the program that runs the job; wins over the job's. Absent: nothing is said of it. */
  readonly program?: readonly JobVariable[] | undefined
  /** What only the place knows where the job runs; wins over the job's. */
  readonly environment: readonly JobVariable[]
}

/**
 * All variables of a job in their order, not expanded: later ones win. What the server says of a job is above what
 * the runner's owner says, and below what is true of this run.
 */
export function composeVariables(sources: VariableSources): readonly JobVariable[] {
  const {
    job,
    runner,
    featureFlags,
    slot,
    runnerSlot = slot,
    directories,
    program = [],
    environment,
  } = sources
  return [
    ...(job.image === undefined ? [] : [known('CI_JOB_IMAGE', job.image.name, { isRaw: false })]),
    ...runner,
    known('CI_BUILDS_DIR', directories.builds),
    known('CI_PROJECT_DIR', directories.project),
    known('CI_CONCURRENT_ID', String(runnerSlot)),
    known('CI_CONCURRENT_PROJECT_ID', String(slot)),
    known('CI_SERVER', 'yes'),
    known('CI_JOB_STATUS', 'running'),
    known('CI_JOB_TIMEOUT', String(Math.floor(job.timeoutMs / 1000))),
    ...job.variables,
    known('CI_DISPOSABLE_ENVIRONMENT', 'true'),
    ...program,
    known(TEMPORARY_DIRECTORY, directories.temporary),
    ...environment,
    ...[...featureFlags].map(([name, isOn]) => known(name, String(isOn))),
  ]
}

/** A variable of our own: no secret. */
export function known(key: string, value: string, { isRaw = true } = {}): JobVariable {
  return { key, value, isPublic: true, isMasked: false, isRaw, isFile: false }
}

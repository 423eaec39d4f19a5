import type { PlannedJob } from '../plan/planned-job.ts'
import type { ScheduleState } from '../schedule/schedule.ts'
import { whyUnstarted } from '../schedule/why-unstarted.ts'
import type { TryEnd } from './job-runner.ts'
import type { FinishedStatus, JobFinished } from './pipeline-events.ts'

/** What is known of a job's last try. */
export interface LastTry {
  /** When it could have started. */
  readonly readyAt: number
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  readonly end: TryEnd | undefined
}

/** How a job ended, or why it did not begin. */
export function finishedJob(
  job: PlannedJob,
  jobs: readonly PlannedJob[],
  state: ScheduleState,
  last: LastTry | undefined,
): Omit<JobFinished, 'time'> {
  const outcome = last?.end?.outcome
  const isRun = last?.startedAt !== undefined
  return {
    event: 'job.finished',
    job: job.name,
    stage: job.config.stage,
    status: statusOf(job, state),
    exitCode: exitCodeOf(last?.end),
    durationMs: isRun ? (last.endedAt ?? last.startedAt) - last.startedAt : 0,
    waitMs: isRun ? last.startedAt - last.readyAt : 0,
    reason: outcome?.status === 'failed' ? outcome.reason : whyNot(job, jobs, state, isRun),
    logFile: last?.end?.logFile ?? null,
    images: last?.end?.images ?? [],
    tests: last?.end?.tests ?? null,
  }
}

function statusOf({ name }: PlannedJob, { jobs }: ScheduleState): FinishedStatus {
  const status = jobs.get(name)?.status ?? 'created'
  // What stands behind a job that waits for a person was not skipped for good, but nothing comes of it here.
  return status === 'created' || status === 'delayed' || status === 'waiting' || status === 'running'
    ? 'skipped'
    : status
}

function exitCodeOf(end: TryEnd | undefined): number | null {
  if (end?.outcome.status === 'success') return 0
  return end?.outcome.status === 'failed' ? (end.outcome.exitCode ?? null) : null
}

function whyNot(
  job: PlannedJob,
  jobs: readonly PlannedJob[],
  state: ScheduleState,
  isRun: boolean,
): string | null {
  const status = state.jobs.get(job.name)?.status
  if (status === 'success') return null
  if (status === 'canceled' && isRun) return 'canceled'
  return job.config.notRun ?? whyUnstarted(job, jobs, state)
}

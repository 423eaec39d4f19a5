import { isSettled } from './job-status.ts'
import type { ScheduledJob, ScheduleState } from './schedule.ts'

/** `running`: something may still happen without anybody's word. */
export type PipelineStatus = 'running' | 'success' | 'failed' | 'blocked' | 'empty' | 'canceled'

/** What a pipeline has come to. A failure counts more than a job that waits for a person. */
export function pipelineStatus(
  jobs: readonly ScheduledJob[],
  { jobs: states }: ScheduleState,
): PipelineStatus {
  if (jobs.length === 0) return 'empty'
  const statusOf = ({ name }: ScheduledJob) => states.get(name)?.status ?? 'skipped'
  const open = jobs.filter((job) => !isSettled(statusOf(job)))
  const blocking = open.filter((job) => statusOf(job) === 'manual' && job.allowFailure !== true)
  const isAtRest = open.every(
    (job) => statusOf(job) === 'manual' || (blocking.length > 0 && statusOf(job) === 'created'),
  )
  if (!isAtRest) return 'running'
  if (jobs.some((job) => statusOf(job) === 'failed')) return 'failed'
  if (jobs.some((job) => statusOf(job) === 'canceled')) return 'canceled'
  return blocking.length > 0 ? 'blocked' : 'success'
}

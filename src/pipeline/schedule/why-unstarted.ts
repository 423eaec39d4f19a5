import { waitsFor } from '../plan/waits-for.ts'
import type { JobStatus } from './job-status.ts'
import type { ScheduledJob, ScheduleState } from './schedule.ts'

const DONE: Partial<Readonly<Record<JobStatus, string>>> = {
  failed: 'failed',
  skipped: 'was skipped',
  canceled: 'was canceled',
  manual: 'waits for somebody to start it',
}

/** Why a job never got to run, as a sentence for a person: what went before it is named. */
export function whyUnstarted(
  job: ScheduledJob,
  jobs: readonly ScheduledJob[],
  { jobs: states }: ScheduleState,
): string {
  if (states.get(job.name)?.status === 'manual') return `starts with --manual "${job.name}"`
  if (states.get(job.name)?.status === 'canceled') return 'the pipeline was canceled'
  if (job.when === 'on_failure') return 'nothing before it failed'
  const before = jobs.filter((other) => waitsFor(job, other))
  for (const status of ['failed', 'canceled', 'manual', 'skipped'] as const) {
    const found = before.find(({ name }) => states.get(name)?.status === status)
    if (found !== undefined) return `${found.name} ${DONE[status]}`
  }
  return 'what it waits for did not end'
}

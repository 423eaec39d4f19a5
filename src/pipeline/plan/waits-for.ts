import type { PlannedJob } from './planned-job.ts'

/** A job waits for its needs; one without the keyword for all the stages before its own. */
export function waitsFor(
  job: Pick<PlannedJob, 'needs' | 'stageIndex'>,
  other: Pick<PlannedJob, 'name' | 'stageIndex'>,
): boolean {
  return job.needs?.includes(other.name) ?? other.stageIndex < job.stageIndex
}

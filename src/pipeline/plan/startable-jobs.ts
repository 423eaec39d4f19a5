import type { PlannedJob } from './planned-job.ts'

export type StartableJob = Pick<PlannedJob, 'name' | 'stageIndex' | 'when' | 'allowFailure' | 'needs'> & {
  readonly config: Pick<PlannedJob['config'], 'notRun'>
}

/**
 * The jobs that may come to run without anybody's word: not what waits for a person, and not what stands behind it.
 * @param played manual jobs that somebody has said yes to
 */
export function startableJobs<Job extends StartableJob>(
  jobs: readonly Job[],
  played: ReadonlySet<string>,
): readonly Job[] {
  const byName = new Map(jobs.map((job) => [job.name, job]))
  const known = new Map<string, boolean>()
  const isHeld = (job: Job) => job.when === 'manual' && !played.has(job.name)

  function mayStart(job: Job): boolean {
    const answer = known.get(job.name)
    if (answer !== undefined) return answer
    const may = !isHeld(job) && job.config.notRun === undefined && isReachable(job)
    known.set(job.name, may)
    return may
  }

  function isReachable({ needs, stageIndex }: Job): boolean {
    if (needs !== undefined) return needs.flatMap((name) => byName.get(name) ?? []).every(mayStart)
    return !jobs.some((other) => other.stageIndex < stageIndex && blocks(other))
  }

  /** What others wait for, while it waits for a person itself. */
  function blocks(job: Job): boolean {
    if (isHeld(job)) return job.allowFailure !== true
    return job.needs === undefined && job.config.notRun === undefined && !mayStart(job)
  }

  return jobs.filter(mayStart)
}

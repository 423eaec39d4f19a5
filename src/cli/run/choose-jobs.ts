import type { PlannedJob } from '../../pipeline/plan/planned-job.ts'
import { selectJobs } from '../../pipeline/plan/select-jobs.ts'
import { findJobs } from './find-job.ts'
import type { PlannedProject } from './plan-project.ts'

export interface JobChoice {
  /** Named jobs bring along all that they wait for. */
  readonly needs?: boolean
  /** Manual jobs that are started. */
  readonly manual?: readonly string[]
}

export interface ChosenJobs {
  readonly jobs: readonly PlannedJob[]
  /** Manual jobs that somebody has said yes to. */
  readonly played: ReadonlySet<string>
  /** What a person should know, as sentences. */
  readonly notes: readonly string[]
}

/**
 * Which jobs of a plan are run: those that are named, or all.
 * @throws ProjectRefused when a name is no job's
 */
export function chooseJobs(
  names: readonly string[],
  { needs = false, manual = [] }: JobChoice,
  project: Pick<PlannedProject, 'config' | 'plan'>,
): ChosenJobs {
  const { jobs } = project.plan
  const named = new Set(names.flatMap((name) => findJobs(name, project)).map(({ name }) => name))
  const played = new Set(manual.flatMap((name) => findJobs(name, project)).map(({ name }) => name))
  const notes = jobs
    .filter(({ name, isForced }) => named.has(name) && isForced)
    .map(({ name, reason }) => `${name} is run: ${reason.summary}`)
  const chosen = names.length === 0 ? jobs : selectJobs(jobs, named, { withNeeds: needs })
  return { jobs: chosen, played, notes }
}

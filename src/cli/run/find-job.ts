import type { AbsentJob, PipelinePlan, PlannedJob } from '../../pipeline/plan/planned-job.ts'
import { didYouMean } from '../../suggest.ts'
import type { PlannedProject } from './plan-project.ts'
import { ProjectRefused } from './project-refused.ts'

/** In the pipeline, or of the file and not in it. */
export type FoundJob =
  | (PlannedJob & { readonly isPlanned: true })
  | (AbsentJob & { readonly isPlanned: false })

/**
 * The jobs that a name stands for: a parallel job stands for all of its own.
 * @returns none when there is no pipeline at all
 * @throws ProjectRefused when there is no such job, with the one that was probably meant
 */
export function findJobs(
  name: string,
  { config, plan }: Pick<PlannedProject, 'config' | 'plan'>,
): readonly FoundJob[] {
  const all = jobsOf(plan)
  const found = all.filter((job) => job.name === name || job.config.name === name)
  if (found.length > 0 || config.jobs.some((job) => job.name === name)) return found
  const names = new Set([...config.jobs.map((job) => job.name), ...all.map((job) => job.name)])
  throw new ProjectRefused(`there is no job ${name} in ${config.files[0]}${didYouMean(name, names)}`)
}

function jobsOf(plan: PipelinePlan): readonly FoundJob[] {
  return [
    ...plan.jobs.map((job) => ({ ...job, isPlanned: true as const })),
    ...plan.absent.map((job) => ({ ...job, isPlanned: false as const })),
  ]
}

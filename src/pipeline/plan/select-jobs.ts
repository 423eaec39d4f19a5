import type { PlannedJob } from './planned-job.ts'
import { waitsFor } from './waits-for.ts'

/**
 * The part of a pipeline that was asked for. What is left out is not waited for.
 * @param names of planned jobs
 * @param withNeeds whether all that they wait for is taken along: their needs, or else the stages before them
 */
export function selectJobs(
  jobs: readonly PlannedJob[],
  names: ReadonlySet<string>,
  { withNeeds }: { withNeeds: boolean },
): readonly PlannedJob[] {
  const chosen = new Set(names)
  // Whoever is added while this goes on is visited, too.
  if (withNeeds) for (const name of chosen) for (const other of before(name, jobs)) chosen.add(other)
  return jobs
    .filter(({ name }) => chosen.has(name))
    .map((job) => ({
      ...job,
      needs: job.needs?.filter((name) => chosen.has(name)),
      artifactsFrom: job.artifactsFrom.filter((name) => chosen.has(name)),
    }))
}

function before(name: string, jobs: readonly PlannedJob[]): readonly string[] {
  const job = jobs.find((other) => other.name === name)
  if (job === undefined) return []
  return jobs.filter((other) => waitsFor(job, other)).map((other) => other.name)
}

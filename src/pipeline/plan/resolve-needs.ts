import { didYouMean } from '../../suggest.ts'
import type { JobConfig } from '../config/job-config.ts'
import type { NeedConfig } from '../config/need-config.ts'
import type { Position } from '../config/position.ts'
import { PipelineError, type PipelineMistake } from '../mistakes.ts'
import { cells, type JobInstance } from './expand-parallel.ts'

/** GitLab's own limit. */
const MAX_NEEDS = 50

/** All jobs of the file, and which of them are in the pipeline. */
export interface NeedsFacts {
  /** By the name of the job of the file, which stands for all of its own, and by the name of each. */
  readonly byName: ReadonlyMap<string, readonly JobInstance[]>
  /** By name of the instance. */
  readonly isPlanned: (name: string) => boolean
  readonly stageOf: (config: JobConfig) => number
}

export interface ResolvedNeed {
  readonly job: string
  readonly artifacts: boolean
}

/**
 * The planned jobs that a job needs: a parallel job stands for all of its own.
 * @throws PipelineError with every need that cannot be met
 */
export function resolveNeeds(
  job: JobInstance,
  needs: readonly NeedConfig[],
  facts: NeedsFacts,
): readonly ResolvedNeed[] {
  const resolved = new Map<string, ResolvedNeed>()
  const mistakes: PipelineMistake[] = []
  const refuse = (at: Position, message: string) => mistakes.push({ at, message })
  for (const need of needs) {
    const { job: name, at, artifacts, isOptional } = need
    const asked = `'${job.name}' job needs '${name}' job, but`
    const found = findInstances(need, facts)
    if (found.length === 0) {
      if (!isOptional) refuse(at, `${asked} there is no such job${didYouMean(name, facts.byName.keys())}`)
      continue
    }
    if (found.some(({ config }) => facts.stageOf(config) > facts.stageOf(job.config))) {
      refuse(at, `${asked} '${name}' is not in any previous stage`)
      continue
    }
    const planned = found.filter((instance) => facts.isPlanned(instance.name))
    if (planned.length < found.length && !isOptional) {
      refuse(
        at,
        `${asked} '${name}' was not added to the pipeline; mark the need optional if it may be absent`,
      )
    }
    for (const instance of planned) resolved.set(instance.name, { job: instance.name, artifacts })
  }
  if (resolved.size > MAX_NEEDS) {
    refuse(
      job.config.at,
      `'${job.name}' job needs ${resolved.size} jobs, but at most ${MAX_NEEDS} are allowed`,
    )
  }
  if (mistakes.length > 0) throw new PipelineError(mistakes)
  return [...resolved.values()]
}

/**
 * The jobs that `dependencies` names, planned or not.
 * @param needs of the job; undefined when it waits for stages
 * @throws PipelineError for what is no job, or none that the job waits for
 */
export function resolveDependencies(
  job: JobInstance,
  needs: readonly ResolvedNeed[] | undefined,
  facts: NeedsFacts,
): readonly string[] | undefined {
  const { dependencies, at } = job.config
  if (dependencies === undefined) return undefined
  const isEarlier = ({ config }: JobInstance) => facts.stageOf(config) < facts.stageOf(job.config)
  const isNeeded = (instance: JobInstance) => needs?.some((need) => need.job === instance.name)
  const isPlanned = (instance: JobInstance) => facts.isPlanned(instance.name)
  const mistakes: PipelineMistake[] = []
  const found = dependencies.flatMap((name) => {
    const instances = facts.byName.get(name) ?? []
    const asked = `'${job.name}' job depends on '${name}' job, but`
    if (instances.length === 0) {
      mistakes.push({ at, message: `${asked} there is no such job${didYouMean(name, facts.byName.keys())}` })
    } else if (needs === undefined && !instances.every(isEarlier)) {
      mistakes.push({ at, message: `${asked} '${name}' is not in any previous stage` })
    } else if (needs !== undefined && !instances.some(isNeeded) && instances.some(isPlanned)) {
      mistakes.push({ at, message: `${asked} '${name}' is not among its needs` })
    }
    return instances.map((instance) => instance.name)
  })
  if (mistakes.length > 0) throw new PipelineError(mistakes)
  return found
}

function findInstances(need: NeedConfig, facts: NeedsFacts): readonly JobInstance[] {
  const found = facts.byName.get(need.job) ?? []
  if (need.matrix === undefined) return found
  const wanted = need.matrix.flatMap(cells)
  return found.filter(({ matrix }) =>
    wanted.some((cell) => [...cell].every(([key, value]) => matrix.get(key) === value)),
  )
}

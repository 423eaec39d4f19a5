import { PipelineError, type PipelineMistake } from '../mistakes.ts'
import type { JobCreated, JobDecision } from '../rules/decision.ts'
import { fromConfig } from '../variables/origin-variable.ts'
import type { DecidedJob } from './decided-job.ts'
import type { JobInstance } from './expand-parallel.ts'
import { findCycle } from './find-cycle.ts'
import type { PlannedJob } from './planned-job.ts'
import { type NeedsFacts, resolveDependencies, resolveNeeds } from './resolve-needs.ts'

type CreatedJob = DecidedJob & { readonly decision: JobCreated & JobDecision }

/**
 * The jobs that were decided to be there, each with what it waits for and whose artifacts it gets.
 * @throws PipelineError
 */
export function linkJobs(decided: readonly DecidedJob[], stages: readonly string[]): readonly PlannedJob[] {
  const created = decided.filter((job): job is CreatedJob => job.decision.isCreated)
  const names = new Set(created.map(({ instance }) => instance.name))
  const facts: NeedsFacts = {
    byName: indexByName(decided),
    isPlanned: (name) => names.has(name),
    stageOf: ({ stage }) => stages.indexOf(stage),
  }
  const mistakes: PipelineMistake[] = []
  const jobs = created.flatMap((job) => {
    try {
      return planJob(job, created, facts)
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      mistakes.push(...error.mistakes)
      return []
    }
  })
  const cycle = findCycle(new Map(jobs.map(({ name, needs }) => [name, needs ?? []])))
  const first = jobs.find(({ name }) => name === cycle?.[0])
  if (cycle !== undefined && first !== undefined) {
    mistakes.push({ message: `jobs need each other in a circle: ${cycle.join(' -> ')}`, at: first.config.at })
  }
  if (mistakes.length > 0) throw new PipelineError(mistakes)
  return jobs.toSorted((left, right) => left.stageIndex - right.stageIndex)
}

function planJob(
  { instance, scope: written, decision }: CreatedJob,
  created: readonly CreatedJob[],
  facts: NeedsFacts,
): PlannedJob {
  const { name, config } = instance
  const scope = written.with(fromConfig('rule', decision.variables))
  const stageIndex = facts.stageOf(config)
  const needs = decision.needs && resolveNeeds(instance, decision.needs, facts)
  const before = () =>
    created
      .filter((other) => facts.stageOf(other.instance.config) < stageIndex)
      .map(({ instance }) => instance.name)
  const offered = needs?.filter(({ artifacts }) => artifacts).map(({ job }) => job) ?? before()
  const dependencies = resolveDependencies(instance, needs, facts)
  return {
    name,
    config,
    stageIndex,
    when: decision.when,
    startInMs: decision.startInMs,
    allowFailure: decision.allowFailure,
    isInterruptible: decision.isInterruptible,
    needs: needs?.map(({ job }) => job),
    artifactsFrom: offered.filter((job) => dependencies?.includes(job) ?? true),
    resourceGroup: config.resourceGroup === undefined ? undefined : scope.expand(config.resourceGroup),
    scope,
    environmentName: config.environment === undefined ? undefined : scope.expand(config.environment.name),
    isForced: decision.isForced === true,
    reason: decision.reason,
  }
}

function indexByName(decided: readonly DecidedJob[]): ReadonlyMap<string, readonly JobInstance[]> {
  const byName = new Map<string, JobInstance[]>()
  for (const { instance } of decided) {
    for (const name of new Set([instance.config.name, instance.name])) {
      byName.set(name, [...(byName.get(name) ?? []), instance])
    }
  }
  return byName
}

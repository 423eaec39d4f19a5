import type { Dialect, PipelineConfig } from '../config/pipeline-config.ts'
import type { InheritedVariables } from '../config/variable-config.ts'
import { PipelineError, type PipelineMistake } from '../mistakes.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { decideJob } from '../rules/decide-job.ts'
import { decideWorkflow } from '../rules/decide-workflow.ts'
import type { JobCreated, JobDecision } from '../rules/decision.ts'
import { ProjectPaths } from '../rules/project-paths.ts'
import { alloyJobVariables } from '../variables/alloy-variables.ts'
import { environmentVariables, instanceVariables } from '../variables/instance-variables.ts'
import { fromConfig, type OriginVariable, predefined } from '../variables/origin-variable.ts'
import { pipelineVariables } from '../variables/pipeline-variables.ts'
import { VariableScope } from '../variables/variable-scope.ts'
import type { DecidedJob } from './decided-job.ts'
import { expandParallel, type JobInstance } from './expand-parallel.ts'
import { inheritedVariables } from './inherited-variables.ts'
import { linkJobs } from './link-jobs.ts'
import type { PipelinePlan } from './planned-job.ts'

export interface PlanOrder {
  /** Jobs that are in the pipeline whatever their rules say: they were asked for by name. */
  readonly forced: ReadonlySet<string>
}

/**
 * Decides which jobs there are, with which variables, and what each waits for. Touches nothing but what the context
 * answers.
 * @throws PipelineError with every mistake that was found
 */
export function planPipeline(
  config: PipelineConfig,
  context: PipelineContext,
  { forced }: PlanOrder = { forced: new Set() },
): PipelinePlan {
  const paths = new ProjectPaths(context.files)
  const base = new VariableScope([...pipelineVariables(context), ...context.variables])
  const pipelineScope = base.with(fromConfig('pipeline', config.variables))
  const workflow = decideWorkflow(config, context, { scope: pipelineScope, paths })
  const none = { stages: config.stages, jobs: [], absent: [], name: undefined }
  if (!workflow.isCreated && forced.size === 0) return { ...none, reason: workflow.reason }
  const name = config.name === undefined ? undefined : pipelineScope.expand(config.name)
  const told = base.with(predefined({ CI_PIPELINE_NAME: name }))
  const inheriting = (inherit: InheritedVariables) =>
    told.with(inheritedVariables(config, workflow.variables, inherit))
  const everything = inheriting(true)

  const mistakes: PipelineMistake[] = []
  const decided = config.jobs.flatMap((job) =>
    collect(mistakes, () => {
      const shared = job.inheritVariables === true ? everything : inheriting(job.inheritVariables)
      const facts = {
        paths,
        context,
        dialect: config.dialect,
        hasWorkflowRules: config.workflowRules !== undefined,
      }
      return expandParallel(job).map((instance): DecidedJob => {
        const itself = ofDialect(config.dialect, instanceVariables(instance))
        const written = shared.with([...itself, ...fromConfig('job', job.variables)])
        const scope = written.with(environmentVariables(job.environment, written))
        const decision = force(instance, forced, decideJob(job, { ...facts, scope }))
        return { instance, scope, decision }
      })
    }),
  )
  const plan = collect(mistakes, () => linkJobs(decided, config.stages))
  if (mistakes.length > 0) throw new PipelineError(mistakes)
  const absent = decided
    .filter(({ decision }) => !decision.isCreated)
    .map(({ instance: { name, config }, decision: { reason } }) => ({ name, config, reason }))
  const emptiness = whyEmpty(decided)
  if (emptiness !== undefined) {
    return { ...none, absent, name, reason: { summary: emptiness, rules: workflow.reason.rules } }
  }
  return { stages: config.stages, jobs: plan, absent, name, reason: workflow.reason }
}

function ofDialect(dialect: Dialect, variables: readonly OriginVariable[]): readonly OriginVariable[] {
  return dialect === 'alloy' ? alloyJobVariables(variables) : variables
}

function collect<T>(mistakes: PipelineMistake[], decide: () => readonly T[]): readonly T[] {
  try {
    return decide()
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    mistakes.push(...error.mistakes)
    return []
  }
}

/** What is asked for by name is there, and starts without waiting for anybody's word. */
function force(
  { name, config }: JobInstance,
  forced: ReadonlySet<string>,
  decision: JobDecision,
): JobDecision {
  if (!forced.has(name) && !forced.has(config.name)) return decision
  const created: JobCreated = decision.isCreated
    ? decision
    : {
        isCreated: true,
        when: 'on_success',
        startInMs: undefined,
        allowFailure: config.allowFailure ?? false,
        variables: [],
        // What its rules left out may have been left out of its needs too.
        needs: config.needs?.map((need) => ({ ...need, isOptional: true })),
        isInterruptible: config.isInterruptible,
      }
  const when = created.when === 'always' ? 'always' : 'on_success'
  const summary = decision.isCreated
    ? decision.reason.summary
    : `it was named, in spite of: ${decision.reason.summary}`
  return { ...created, when, isForced: !decision.isCreated, reason: { ...decision.reason, summary } }
}

/** GitLab creates no pipeline of what only goes before or after others. */
function whyEmpty(decided: readonly DecidedJob[]): string | undefined {
  const stages = decided.flatMap(({ decision, instance }) =>
    decision.isCreated ? instance.config.stage : [],
  )
  if (stages.length === 0) return 'no job was added to the pipeline'
  const isOnlyAround = stages.every((stage) => stage === '.pre' || stage === '.post')
  return isOnlyAround
    ? 'only jobs of .pre and .post were added: without others there is no pipeline'
    : undefined
}

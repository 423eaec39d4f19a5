import type { JobConfig } from '../config/job-config.ts'
import type { RuleConfig } from '../config/rule-config.ts'
import type { CreatedWhen, DecisionStep, JobCreated, JobDecision } from './decision.ts'
import { matchRule } from './match-rule.ts'
import { checkExcept, checkOnly, type RefPolicyFacts } from './ref-policy.ts'

export interface JobDecisionFacts extends RefPolicyFacts {
  /** With rules for the whole pipeline, jobs without any are created for every event. */
  readonly hasWorkflowRules: boolean
}

/**
 * Whether a job is created: its rules decide, or `only` and `except`.
 * @throws PipelineError
 */
export function decideJob(job: JobConfig, facts: JobDecisionFacts): JobDecision {
  return job.rules === undefined ? decideByRef(job, facts) : decideByRules(job, job.rules, facts)
}

function decideByRules(job: JobConfig, rules: readonly RuleConfig[], facts: JobDecisionFacts): JobDecision {
  const steps: DecisionStep[] = []
  for (const [index, rule] of rules.entries()) {
    const match = matchRule(rule, facts)
    const name = `rule ${index + 1}`
    steps.push({ name, ...match })
    if (!match.matches) continue
    const when = rule.when ?? job.when
    if (when === 'never') {
      return { isCreated: false, reason: { summary: `${name} matches, and says never`, rules: steps } }
    }
    const summary = `${name} matches: ${when}`
    return { ...withRule(job, rule, when), reason: { summary, rules: steps } }
  }
  return { isCreated: false, reason: { summary: 'none of its rules matches', rules: steps } }
}

function withRule(job: JobConfig, rule: RuleConfig, when: CreatedWhen): JobCreated {
  return {
    ...asWritten(job, when),
    startInMs: when === 'delayed' ? (rule.startInMs ?? job.startInMs) : undefined,
    // A manual job of a rule blocks unless it says otherwise; one that is manual by itself does not.
    allowFailure: rule.allowFailure ?? job.allowFailure ?? job.when === 'manual',
    variables: rule.variables,
    needs: rule.needs ?? job.needs,
    isInterruptible: rule.interruptible ?? job.isInterruptible,
  }
}

function asWritten(job: JobConfig, when: CreatedWhen): JobCreated {
  return {
    isCreated: true,
    when,
    startInMs: when === 'delayed' ? job.startInMs : undefined,
    allowFailure: job.allowFailure ?? when === 'manual',
    variables: [],
    needs: job.needs,
    isInterruptible: job.isInterruptible,
  }
}

function decideByRef(job: JobConfig, facts: JobDecisionFacts): JobDecision {
  const isForAll = job.only === undefined && facts.hasWorkflowRules
  const only = isForAll ? [] : checkOnly(job.only, facts)
  const except = checkExcept(job.except, facts)
  const isWanted = only.every(({ holds }) => holds)
  const isExcepted = except.some(({ holds }) => holds)
  const rules: DecisionStep[] = []
  if (only.length > 0) rules.push({ name: 'only', matches: isWanted, checks: only })
  if (except.length > 0) rules.push({ name: 'except', matches: isExcepted, checks: except })
  if (!isWanted) {
    const summary =
      job.only === undefined ? 'jobs without rules are for branches and tags' : '"only" does not match'
    return { isCreated: false, reason: { summary, rules } }
  }
  if (isExcepted) return { isCreated: false, reason: { summary: '"except" matches', rules } }
  if (job.when === 'never') {
    return { isCreated: false, reason: { summary: 'the job says never', rules } }
  }
  const hasPolicy = job.only !== undefined || job.except !== undefined
  const summary = hasPolicy ? `"only" and "except" let it in: ${job.when}` : `no rules: ${job.when}`
  return { ...asWritten(job, job.when), reason: { summary, rules } }
}

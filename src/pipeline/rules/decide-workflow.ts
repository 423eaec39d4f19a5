import type { PipelineConfig } from '../config/pipeline-config.ts'
import type { IncludeRuleConfig, RuleCondition } from '../config/rule-config.ts'
import type { VariableConfig } from '../config/variable-config.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { DecisionReason, DecisionStep } from './decision.ts'
import { type DecisionFacts, matchRule } from './match-rule.ts'

export interface WorkflowDecision {
  readonly isCreated: boolean
  /** Those of the rule that matched; they are variables of the pipeline from then on. */
  readonly variables: readonly VariableConfig[]
  readonly reason: DecisionReason
}

/** What AlloyCI looks for in the message of a commit. */
const SKIP = /\[(ci skip|skip ci)\]/i

/**
 * Whether there is a pipeline at all.
 * @throws PipelineError
 */
export function decideWorkflow(
  { workflowRules, dialect }: PipelineConfig,
  context: PipelineContext,
  facts: DecisionFacts,
): WorkflowDecision {
  if (dialect === 'alloy' && SKIP.test(context.commit.message)) {
    return { isCreated: false, variables: [], reason: { summary: 'the commit says [ci skip]', rules: [] } }
  }
  if (workflowRules === undefined) {
    return { isCreated: true, variables: [], reason: { summary: 'no workflow rules', rules: [] } }
  }
  const { rule, steps } = firstMatch(workflowRules, facts)
  const name = `workflow rule ${steps.length}`
  if (rule === undefined) {
    return { isCreated: false, variables: [], reason: { summary: 'no workflow rule matches', rules: steps } }
  }
  const isCreated = rule.when !== 'never'
  const summary = isCreated ? `${name} matches` : `${name} matches, and says never`
  return { isCreated, variables: isCreated ? rule.variables : [], reason: { summary, rules: steps } }
}

/**
 * Whether an `include:` with rules is taken in.
 * @throws PipelineError
 */
export function admitsInclude(rules: readonly IncludeRuleConfig[], facts: DecisionFacts): boolean {
  const { rule } = firstMatch(rules, facts)
  return rule !== undefined && rule.when !== 'never'
}

function firstMatch<R extends RuleCondition>(
  rules: readonly R[],
  facts: DecisionFacts,
): { rule: R | undefined; steps: readonly DecisionStep[] } {
  const steps: DecisionStep[] = []
  for (const [index, rule] of rules.entries()) {
    const match = matchRule(rule, facts)
    steps.push({ name: `rule ${index + 1}`, ...match })
    if (match.matches) return { rule, steps }
  }
  return { rule: undefined, steps }
}

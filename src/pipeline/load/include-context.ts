import type { IncludeRuleConfig } from '../config/rule-config.ts'
import { admitsInclude } from '../rules/decide-workflow.ts'
import type { DecisionFacts } from '../rules/match-rule.ts'

/** What an `include:` needs to know of the pipeline that is about to be created. */
export interface IncludeContext {
  /** Whether the rules take the file in: the first that matches says so, and none says no. */
  admits(rules: readonly IncludeRuleConfig[]): boolean
  /** A path with its variables replaced. */
  expand(text: string): string
}

/** @param facts with the variables that are known before any file is read: not those of the files themselves */
export function includeContext(facts: DecisionFacts): IncludeContext {
  return {
    admits: (rules) => admitsInclude(rules, facts),
    expand: (text) => facts.scope.expand(text),
  }
}

import type { Condition } from '../expression/condition.ts'
import type { NeedConfig } from './need-config.ts'
import type { Position } from './position.ts'
import type { VariableConfig } from './variable-config.ts'

export const JOB_WHENS = ['on_success', 'on_failure', 'always', 'never', 'manual', 'delayed'] as const
export type JobWhen = (typeof JOB_WHENS)[number]

/** Globs of paths; what holds for one of them holds. */
export interface ChangesConfig {
  readonly paths: readonly string[]
  /** What is compared with, not expanded. Absent: what the pipeline's event says. */
  readonly compareTo: string | undefined
}

/** What a rule asks: all of it must hold. A rule that asks nothing always matches. */
export interface RuleCondition {
  readonly if: Condition | undefined
  readonly changes: ChangesConfig | undefined
  readonly exists: readonly string[] | undefined
  readonly at: Position
}

/** One item of a job's `rules:`. What is undefined leaves the job's own. */
export interface RuleConfig extends RuleCondition {
  readonly when: JobWhen | undefined
  readonly startInMs: number | undefined
  readonly allowFailure: boolean | undefined
  readonly variables: readonly VariableConfig[]
  /** Replace those of the job. */
  readonly needs: readonly NeedConfig[] | undefined
  readonly interruptible: boolean | undefined
}

/** One item of `workflow:rules`. */
export interface WorkflowRuleConfig extends RuleCondition {
  readonly when: 'always' | 'never'
  readonly variables: readonly VariableConfig[]
}

/** One item of `include:rules`. */
export interface IncludeRuleConfig extends RuleCondition {
  readonly when: 'always' | 'never'
}

/** `only:` or `except:`. What is undefined was not written. */
export interface RefPolicyConfig {
  /**
   * Names, `/patterns/` and words like `tags`. In the dialect of AlloyCI: patterns without slashes, which need not
   * match the whole, and words.
   */
  readonly refs: readonly string[] | undefined
  readonly variables: readonly Condition[] | undefined
  /** Globs. */
  readonly changes: readonly string[] | undefined
  readonly at: Position
}

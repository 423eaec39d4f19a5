import type { AllowFailureConfig } from '../config/job-config.ts'
import type { NeedConfig } from '../config/need-config.ts'
import type { JobWhen } from '../config/rule-config.ts'
import type { VariableConfig } from '../config/variable-config.ts'
import type { RuleCheck } from './match-rule.ts'

export type CreatedWhen = Exclude<JobWhen, 'never'>

/** Whether a job is created, how, and why: `entrepot why` prints it. */
export type JobDecision = (JobCreated | { readonly isCreated: false }) & { readonly reason: DecisionReason }

export interface JobCreated {
  readonly isCreated: true
  readonly when: CreatedWhen
  /** With `when: delayed`. */
  readonly startInMs: number | undefined
  readonly allowFailure: AllowFailureConfig
  /** Those of the rule; they win over the job's. */
  readonly variables: readonly VariableConfig[]
  /** See JobConfig. */
  readonly needs: readonly NeedConfig[] | undefined
  readonly isInterruptible: boolean
  /** Somebody wants it in spite of its rules. */
  readonly isForced?: boolean
}

export interface DecisionReason {
  /** A sentence for a person. */
  readonly summary: string
  /** What was looked at, in order; the last one decided. */
  readonly rules: readonly DecisionStep[]
}

export interface DecisionStep {
  /** `rule 2`, `only`, `except`. */
  readonly name: string
  readonly matches: boolean
  readonly checks: readonly RuleCheck[]
}

import type { AllowFailureConfig, JobConfig } from '../config/job-config.ts'
import type { CreatedWhen, DecisionReason } from '../rules/decision.ts'
import type { VariableScope } from '../variables/variable-scope.ts'

/** A job that is in the pipeline. */
export interface PlannedJob {
  readonly name: string
  readonly config: JobConfig
  /** Of its stage, in the order of the pipeline. */
  readonly stageIndex: number
  readonly when: CreatedWhen
  /** With `when: delayed`. */
  readonly startInMs: number | undefined
  readonly allowFailure: AllowFailureConfig
  readonly isInterruptible: boolean
  /** Names of planned jobs. Undefined: the job waits for the stages before it. */
  readonly needs: readonly string[] | undefined
  /** Planned jobs whose artifacts it gets, in the order of the pipeline. */
  readonly artifactsFrom: readonly string[]
  /** Expanded. */
  readonly resourceGroup: string | undefined
  /** All its variables but those that only the run knows, not expanded. */
  readonly scope: VariableScope
  /** Expanded. */
  readonly environmentName: string | undefined
  /** It was asked for by name, and its rules would have left it out. */
  readonly isForced?: boolean
  readonly reason: DecisionReason
}

/** A job of the file that is not in the pipeline. */
export interface AbsentJob {
  readonly name: string
  readonly config: JobConfig
  readonly reason: DecisionReason
}

export interface PipelinePlan {
  readonly stages: readonly string[]
  /** In the order of stages, and of the file. Empty: there is no pipeline, as `reason` says. */
  readonly jobs: readonly PlannedJob[]
  readonly absent: readonly AbsentJob[]
  /** Why there is a pipeline, or none. */
  readonly reason: DecisionReason
  /** Expanded. */
  readonly name: string | undefined
}

import type { JobConfig } from './job-config.ts'
import type { Position } from './position.ts'
import type { WorkflowRuleConfig } from './rule-config.ts'
import type { VariableConfig } from './variable-config.ts'

/** `alloy`: variables and images of a job replace those of the pipeline whole, `only` holds bare patterns. */
export type Dialect = 'gitlab' | 'alloy'

/** A pipeline file with all that it includes, checked as a whole. Nothing in it is expanded or decided. */
export interface PipelineConfig {
  readonly dialect: Dialect
  /** Every file that was read, the pipeline's own first. */
  readonly files: readonly string[]
  /** `.pre` first and `.post` last, whether or not they were listed. */
  readonly stages: readonly string[]
  readonly variables: readonly VariableConfig[]
  /** `workflow:name`, not expanded. */
  readonly name: string | undefined
  /** Undefined: none were written, so there always is a pipeline. */
  readonly workflowRules: readonly WorkflowRuleConfig[] | undefined
  /** In the order of the files. Hidden ones are left out. None only when an include is not read. */
  readonly jobs: readonly JobConfig[]
  /** What the files ask for that is not done here: each is shown once. */
  readonly notes: readonly PipelineNote[]
}

export interface PipelineNote {
  /** A sentence for a person. */
  readonly message: string
  readonly at: Position
}

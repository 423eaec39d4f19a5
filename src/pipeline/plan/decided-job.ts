import type { JobDecision } from '../rules/decision.ts'
import type { VariableScope } from '../variables/variable-scope.ts'
import type { JobInstance } from './expand-parallel.ts'

/** A job of the file with what was decided about it. */
export interface DecidedJob {
  readonly instance: JobInstance
  readonly scope: VariableScope
  readonly decision: JobDecision
}

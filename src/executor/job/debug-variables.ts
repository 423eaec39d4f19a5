import { isGoTrue } from './go-bool.ts'
import type { JobVariables } from './job-variables.ts'

/** What shows in the log more than a job says by itself, secrets among it. */
export const DEBUG_VARIABLES = ['CI_DEBUG_TRACE', 'CI_DEBUG_SERVICES'] as const

export type DebugVariable = (typeof DEBUG_VARIABLES)[number]

/** @param isDisabled `debug_trace_disabled` of the runner, for jobs of people whom its owner does not trust so far */
export function isDebugOn(
  name: DebugVariable,
  variables: JobVariables,
  isDisabled: boolean | undefined,
): boolean {
  return isDisabled !== true && isGoTrue(variables.get(name))
}

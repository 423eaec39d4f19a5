import { isDebugOn } from '../job/debug-variables.ts'
import { isFeatureOn } from '../job/feature-flags.ts'
import type { Job } from '../job/job.ts'
import type { JobVariables } from '../job/job-variables.ts'

/** How the commands of a script are shown, and looked at. */
export interface ScriptStyle {
  /** A command of several lines is shown whole, in a section that is closed; otherwise its first line is shown. */
  readonly hasSections: boolean
  /** The script ends with the first command that fails, also one that errexit lets pass. */
  readonly checksExitCodes: boolean
  /** The shell shows all that it does. */
  readonly isTraced: boolean
}

export interface StyleSettings {
  readonly featureFlags: ReadonlyMap<string, boolean>
  /** `debug_trace_disabled`. Absent: it is not. */
  readonly isDebugTraceDisabled?: boolean | undefined
}

export function scriptStyle(
  { features }: Pick<Job, 'features'>,
  variables: JobVariables,
  { featureFlags, isDebugTraceDisabled }: StyleSettings,
): ScriptStyle {
  const isOn = (flag: Parameters<typeof isFeatureOn>[0]) => isFeatureOn(flag, featureFlags, variables)
  return {
    hasSections: isOn('FF_SCRIPT_SECTIONS') && features.traceSections,
    checksExitCodes: isOn('FF_ENABLE_BASH_EXIT_CODE_CHECK'),
    isTraced: isDebugOn('CI_DEBUG_TRACE', variables, isDebugTraceDisabled),
  }
}

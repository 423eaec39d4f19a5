import { DEBUG_VARIABLES, isDebugOn } from '../job/debug-variables.ts'
import { flagsWithoutEffect } from '../job/fixed-flags.ts'
import type { JobVariables } from '../job/job-variables.ts'
import type { RunSettings } from './job-run.ts'

type Switches = Pick<RunSettings, 'featureFlags' | 'isDebugTraceDisabled'>

/** What a job's author is told of variables that do not do what they say. */
export function settingWarnings(
  variables: JobVariables,
  { featureFlags, isDebugTraceDisabled = false }: Switches,
): readonly string[] {
  const disabled = DEBUG_VARIABLES.filter((name) => isDebugTraceDisabled && isDebugOn(name, variables, false))
  const idle = flagsWithoutEffect(featureFlags, variables)
  return [
    // GitLab Runner's words.
    ...disabled.map((name) => `${name}: usage is disabled on this Runner`),
    ...(idle.length === 0 ? [] : [`feature flags without effect here: ${idle.join(', ')}`]),
  ]
}

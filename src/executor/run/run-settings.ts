import type { RunnerSettings } from '../config/runner-settings.ts'
import type { RunSettings } from './job-run.ts'

/** What a runner's settings say of all its jobs. @param hostName of this machine, for their logs */
export function runSettings(runner: RunnerSettings, hostName: string): RunSettings {
  const {
    environment: variables,
    featureFlags,
    preBuildScript,
    postBuildScript,
    isDebugTraceDisabled,
    prepareTimeoutMs,
    getSourcesTimeoutMs,
  } = runner
  const timeouts = { prepareTimeoutMs, getSourcesTimeoutMs }
  const scripts = { preBuildScript, postBuildScript }
  return { variables, featureFlags, ...scripts, isDebugTraceDisabled, ...timeouts, hostName }
}

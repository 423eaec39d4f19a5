import type { FileDraft } from './runner-schema.ts'
import type { ProgramSettings } from './runner-settings.ts'

const DEFAULT_CHECK_INTERVAL_S = 3
const DEFAULT_SHUTDOWN_TIMEOUT_S = 30

/** Defaults as GitLab Runner has them. */
export function completeProgram(draft: FileDraft): ProgramSettings {
  return {
    concurrent: draft.concurrent ?? 1,
    checkIntervalMs: positive(draft.check_interval, DEFAULT_CHECK_INTERVAL_S) * 1000,
    shutdownTimeoutMs: positive(draft.shutdown_timeout, DEFAULT_SHUTDOWN_TIMEOUT_S) * 1000,
    logLevel: draft.log_level,
    logFormat: draft.log_format,
    metricsAddress: draft.listen_address,
  }
}

function positive(value: number | undefined, otherwise: number): number {
  return value !== undefined && value > 0 ? value : otherwise
}

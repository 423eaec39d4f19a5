import type { Clock } from '../../clock.ts'
import { JobFailure } from '../failure.ts'
import { formatGoDuration } from '../job/go-duration.ts'
import type { Limits } from './within.ts'

export interface PhaseLimitsOrder {
  readonly clock: Clock
  /** For the log: `prepare`, `get sources`. */
  readonly phase: string
  /** Absent: as long as the job. */
  readonly timeoutMs: number | undefined
  /** Ends the job. */
  readonly signal: AbortSignal
}

/** Of a part of a job that the runner's owner gives less time than the job has. In GitLab Runner's words. */
export function phaseLimits({ clock, phase, timeoutMs, signal }: PhaseLimitsOrder): Limits {
  const message = `${phase} timeout: exceeded timeout of ${formatGoDuration(timeoutMs ?? 0)}`
  return {
    clock,
    timeoutMs,
    timeoutReason: () => new JobFailure('job_execution_timeout', message),
    signals: [signal],
  }
}

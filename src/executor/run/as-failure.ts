import { JobFailure } from '../failure.ts'

/**
 * Why a job failed, from whatever was thrown. What was told to stop often fails in ways of its own: then the reason is
 * why it was told.
 */
export function asFailure(error: unknown, signal?: AbortSignal): JobFailure {
  const cause: unknown = signal?.aborted ? signal.reason : error
  if (cause instanceof JobFailure) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return new JobFailure(signal?.aborted ? 'runner_interrupted' : 'runner_system_failure', message, { cause })
}

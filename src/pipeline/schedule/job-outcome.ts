import type { AllowFailureConfig, RetryConfig } from '../config/job-config.ts'

/** How one try of a job ended. */
export type JobOutcome =
  | { readonly status: 'success' }
  | { readonly status: 'canceled' }
  /** It cannot be run here. */
  | { readonly status: 'skipped' }
  | {
      readonly status: 'failed'
      /** As GitLab names it: `script_failure`. */
      readonly reason: string
      /** Of the script, when that is why. */
      readonly exitCode: number | undefined
    }

/** What GitLab's newer servers call what older ones, and we, name otherwise. */
const SAME_REASONS: Readonly<Record<string, readonly string[]>> = {
  stuck_or_timeout_failure: ['job_execution_timeout'],
  runner_system_failure: ['image_pull_failure', 'runner_external_dependency_failure'],
}

/** @param tries that have failed, this one among them */
export function isTriedAgain(retry: RetryConfig, outcome: JobOutcome, tries: number): boolean {
  if (outcome.status !== 'failed' || tries > retry.max) return false
  const { reason, exitCode } = outcome
  if (retry.when.length === 0 && retry.exitCodes.length === 0) return true
  const isReason = retry.when.some(
    (wanted) => wanted === 'always' || wanted === reason || SAME_REASONS[wanted]?.includes(reason),
  )
  return isReason || (exitCode !== undefined && retry.exitCodes.includes(exitCode))
}

/** Whether a failure is only a warning. */
export function isAllowed(allowed: AllowFailureConfig, outcome: JobOutcome): boolean {
  if (outcome.status !== 'failed') return false
  if (typeof allowed === 'boolean') return allowed
  return outcome.exitCode !== undefined && allowed.exitCodes.includes(outcome.exitCode)
}

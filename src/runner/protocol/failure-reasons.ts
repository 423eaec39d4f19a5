import type { FailureReason } from '../../executor/failure.ts'

/** Sent whatever the server says that it knows. */
const ALWAYS_KNOWN: readonly string[] = ['script_failure', 'runner_system_failure', 'job_execution_timeout']

/** What comes closest, for servers that do not know better. */
const CLOSEST: Partial<Record<FailureReason, 'script_failure' | 'runner_system_failure'>> = {
  image_pull_failure: 'runner_system_failure',
  runner_configuration_error: 'script_failure',
  runner_external_dependency_failure: 'runner_system_failure',
}

/**
 * How a server is told why a job failed.
 * @param known as the server listed them with the job
 */
export function reportedReason(
  reason: FailureReason,
  known: readonly string[],
): FailureReason | 'unknown_failure' {
  if (ALWAYS_KNOWN.includes(reason) || known.includes(reason)) return reason
  return CLOSEST[reason] ?? 'unknown_failure'
}

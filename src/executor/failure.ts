/**
 * Why a job failed, as GitLab names it. Servers are sent only what they said they know.
 * - `script_failure`                     the job's own scripts
 * - `runner_system_failure`              ours, or the engine's
 * - `runner_configuration_error`         the job asks for what cannot be: trying again changes nothing
 * - `runner_external_dependency_failure` something on the network
 * - `image_pull_failure`                 a registry refused or failed
 * - `job_execution_timeout`, `job_canceled`, `runner_interrupted`
 */
export type FailureReason =
  | 'script_failure'
  | 'runner_system_failure'
  | 'runner_configuration_error'
  | 'runner_external_dependency_failure'
  | 'image_pull_failure'
  | 'job_execution_timeout'
  | 'job_canceled'
  | 'runner_interrupted'

/** Ends a job. The message is for the job's log: what was asked, what happened, what to do. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure'
  readonly code: FailureReason
  /** Of the script, when that is why. */
  readonly exitCode: number | undefined

  constructor(code: FailureReason, message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.exitCode = options.exitCode
  }
}

import { JobFailure } from '../failure.ts'
import type { JobVariables } from './job-variables.ts'

/** GitLab Runner's own limit. */
export const MAX_ATTEMPTS = 10

/**
 * How often something is tried: once unless the job says more.
 * @param name of the job's variable
 * @throws JobFailure `runner_configuration_error`
 */
export function attemptsIn(variables: JobVariables, name: string): number {
  const written = variables.get(name) ?? ''
  if (written === '') return 1
  const attempts = Number(written)
  if (/^\d+$/.test(written) && attempts >= 1 && attempts <= MAX_ATTEMPTS) return attempts
  const message = `number of attempts out of the range [1, ${MAX_ATTEMPTS}] for variable: ${name}: "${written}"`
  throw new JobFailure('runner_configuration_error', message)
}

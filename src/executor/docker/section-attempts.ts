import { JobFailure } from '../failure.ts'
import type { JobVariables } from '../job/job-variables.ts'

const NAME = 'EXECUTOR_JOB_SECTION_ATTEMPTS'
const MOST = 10

/**
 * How often a stage is run whose container vanished; once unless the job says more.
 * @throws JobFailure `runner_configuration_error`
 */
export function sectionAttempts(variables: JobVariables): number {
  const written = variables.get(NAME) ?? ''
  if (written === '') return 1
  const attempts = Number(written)
  if (/^\d+$/.test(written) && attempts >= 1 && attempts <= MOST) return attempts
  const message = `number of attempts out of the range [1, ${MOST}] for variable: ${NAME}: "${written}"`
  throw new JobFailure('runner_configuration_error', message)
}

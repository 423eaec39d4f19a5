import type { CreatedWhen } from '../rules/decision.ts'
import type { JobStatus } from './job-status.ts'

/** What goes before a job, as one: `open` is not settled yet. */
export type Precedence = 'open' | 'success' | 'failed' | 'skipped' | 'canceled'

/** One job before another. */
export interface Predecessor {
  readonly status: JobStatus
  /** Of a manual job: nobody has to wait for it. */
  readonly isOptional: boolean
}

/** What a job with this `when` may start on; on anything else it is skipped. */
const STARTS_ON: Readonly<Record<CreatedWhen, readonly Precedence[]>> = {
  on_success: ['success', 'skipped'],
  manual: ['success', 'skipped'],
  delayed: ['success', 'skipped'],
  on_failure: ['failed'],
  always: ['success', 'failed', 'skipped'],
}

/** Jobs with needs do not start on what never ran, unless they start on everything. */
const STARTS_ON_NEEDS: Readonly<Record<CreatedWhen, readonly Precedence[]>> = {
  ...STARTS_ON,
  on_success: ['success'],
  manual: ['success'],
  delayed: ['success'],
}

export function mayStart(
  when: CreatedWhen,
  precedence: Precedence,
  { hasNeeds }: { hasNeeds: boolean },
): boolean {
  return (hasNeeds ? STARTS_ON_NEEDS : STARTS_ON)[when].includes(precedence)
}

/** All jobs of earlier stages as one: manual ones that may be left count as if they were not there. */
export function stagePrecedence(jobs: readonly Predecessor[]): Precedence {
  if (jobs.length === 0) return 'success'
  const statuses = new Set(jobs.filter((job) => !isIgnored(job)).map(({ status }) => status))
  if (isOnly(statuses, ['skipped'])) return 'skipped'
  return settledPrecedence(statuses)
}

/**
 * Needs as one: what never runs, be it one of many, is `skipped`, and at once. Only a job that starts on everything
 * waits for the others first, so that it never runs beside what it cleans up after. GitLab does not.
 */
export function needsPrecedence(when: CreatedWhen, jobs: readonly Predecessor[]): Precedence {
  const settled = settledPrecedence(
    new Set(jobs.filter((job) => !isIgnored(job)).map(({ status }) => status)),
  )
  if (when === 'always' && settled === 'open') return 'open'
  return jobs.some((job) => job.status === 'skipped' || isIgnored(job)) ? 'skipped' : settled
}

function settledPrecedence(statuses: ReadonlySet<JobStatus>): Precedence {
  if (isOnly(statuses, ['success', 'warning', 'skipped'])) return 'success'
  if (isOnly(statuses, ['success', 'warning', 'skipped', 'canceled'])) return 'canceled'
  return isOnly(statuses, ['success', 'warning', 'skipped', 'canceled', 'failed']) ? 'failed' : 'open'
}

function isIgnored({ status, isOptional }: Predecessor): boolean {
  return status === 'manual' && isOptional
}

function isOnly(statuses: ReadonlySet<JobStatus>, expected: readonly JobStatus[]): boolean {
  return [...statuses].every((status) => expected.includes(status))
}

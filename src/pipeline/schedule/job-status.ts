/**
 * Where a job is.
 * - `created`   waits for what goes before it
 * - `delayed`   waits for its time
 * - `waiting`   waits for its resource group
 * - `running`   was handed out to be run, and has not come back
 * - `manual`    waits for a person
 * - `warning`   failed, which was allowed
 */
export type JobStatus =
  | 'created'
  | 'delayed'
  | 'waiting'
  | 'running'
  | 'manual'
  | 'success'
  | 'warning'
  | 'failed'
  | 'skipped'
  | 'canceled'

const SETTLED: readonly JobStatus[] = ['success', 'warning', 'failed', 'skipped', 'canceled']

/** Whether nothing happens to it any more. */
export function isSettled(status: JobStatus): boolean {
  return SETTLED.includes(status)
}

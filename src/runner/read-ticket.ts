import type { JobTicket } from './protocol/job-calls.ts'

/**
 * What it takes to tell a server of a job, also of one that cannot be read otherwise.
 * @param payload parsed JSON
 */
export function readTicket(payload: unknown): JobTicket | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  const id = 'id' in payload ? payload.id : undefined
  const token = 'token' in payload ? payload.token : undefined
  const isTicket =
    typeof id === 'number' && Number.isSafeInteger(id) && typeof token === 'string' && token !== ''
  return isTicket ? { id, token } : undefined
}

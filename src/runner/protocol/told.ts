import type { IncomingHttpHeaders } from 'node:http'

/** What a server tells of a job with every answer. */
export interface Told {
  /** `canceling`: end it, with its after_script. Absent: the server does not tell, as AlloyCI. */
  readonly jobStatus: string | undefined
  /** How often it wants to hear of the log. */
  readonly intervalMs: number | undefined
}

/** More would be no log that anybody follows. */
const LONGEST_INTERVAL_MS = 15 * 60_000

export function readTold(headers: IncomingHttpHeaders): Told {
  const seconds = Number(headers['x-gitlab-trace-update-interval'])
  const status = headers['job-status']
  return {
    jobStatus: typeof status === 'string' ? status : undefined,
    intervalMs: seconds > 0 ? Math.min(seconds * 1000, LONGEST_INTERVAL_MS) : undefined,
  }
}

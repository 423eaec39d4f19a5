import { type Answer, type AskedCall, refusal } from './exchange.ts'
import type { JobRecord } from './job-record.ts'

export interface TraceRules {
  /** What the server asks for, in seconds. */
  readonly intervalSeconds: number
  readonly maxTraceBytes: number
  /** AlloyCI tells no status, and always the same range. */
  readonly isAlloy: boolean
}

/** PATCH jobs/:id/trace. */
export function patchTrace(job: JobRecord, { headers, bytes }: AskedCall, rules: TraceRules): Answer {
  const { isAlloy } = rules
  const status: Readonly<Record<string, string>> = isAlloy ? {} : { 'job-status': job.status }
  // Also a job that nobody has acknowledged: it is still pending.
  if (job.status !== 'running' && job.status !== 'canceling') {
    return refusal(403, 'Forbidden - Job is not running', status)
  }
  const range = /^(\d+)-(\d+)$/.exec(String(headers['content-range'] ?? ''))
  if (range === null) return refusal(400, 'Missing header Content-Range')
  const [start, end] = [Number(range[1]), Number(range[2])]
  if (start !== job.trace.length || end - start + 1 !== bytes.length) {
    return refusal(416, 'Range Not Satisfiable', { ...status, range: `0-${job.trace.length}` })
  }
  if (start + bytes.length > rules.maxTraceBytes) {
    job.status = 'failed'
    job.failureReason = 'trace_size_exceeded'
    // Of all refusals this one does not tell the status.
    return refusal(403, 'Forbidden')
  }
  job.trace = Buffer.concat([job.trace, bytes])
  if (isAlloy) return { status: 202, headers: { range: '0-100' } }
  return {
    status: 202,
    headers: {
      ...status,
      range: `0-${job.trace.length}`,
      'x-gitlab-trace-update-interval': String(rules.intervalSeconds),
    },
  }
}

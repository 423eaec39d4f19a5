import { crc32 } from 'node:zlib'
import { type Answer, type AskedCall, isRecord, refusal, textOf } from './exchange.ts'
import type { JobRecord } from './job-record.ts'
import type { TraceRules } from './trace-endpoint.ts'

/** Sent by runners whatever the server says that it knows. */
const ALWAYS_KNOWN = ['script_failure', 'runner_system_failure', 'job_execution_timeout', 'unknown_failure']

/** PUT jobs/:id. */
export function updateJob(job: JobRecord, { json }: AskedCall, rules: TraceRules): Answer {
  const done = (status: number): Answer => ({
    status,
    headers: rules.isAlloy
      ? {}
      : { 'job-status': job.status, 'x-gitlab-trace-update-interval': String(rules.intervalSeconds) },
  })
  if (job.isOver && rules.isAlloy) return done(200)
  if (job.isOver) return refusal(403, 'Forbidden - Job is not running', { 'job-status': job.status })
  const state = textOf(json.state)
  if (!job.isAssigned) return refusal(409, 'Conflict')
  if (state === 'pending') return job.status === 'pending' ? done(200) : refusal(409, 'Conflict')
  if (state === 'running') {
    if (job.status === 'pending') job.status = 'running'
    return done(200)
  }
  if (state !== 'success' && state !== 'failed') return refusal(400, 'Bad request - state is invalid')
  if (job.status === 'pending') return refusal(409, 'Conflict')
  const reason = json.failure_reason
  if (reason !== undefined && !knownReasons(job).includes(textOf(reason))) {
    return refusal(400, 'Bad request - failure_reason does not have a valid value')
  }
  if (!rules.isAlloy && !isWholeTrace(job, json)) {
    job.trace = Buffer.alloc(0)
    return refusal(412, 'Precondition Failed', { 'job-status': job.status })
  }
  if (job.acceptsLeft > 0) {
    job.acceptsLeft -= 1
    return done(202)
  }
  job.status = job.status === 'canceling' ? 'canceled' : state
  job.failureReason = reason === undefined ? undefined : textOf(reason)
  job.exitCode = typeof json.exit_code === 'number' ? json.exit_code : undefined
  return done(200)
}

function knownReasons(job: JobRecord): readonly string[] {
  const { features } = job.payload
  const told = isRecord(features) ? features.failure_reasons : undefined
  return [...ALWAYS_KNOWN, ...(Array.isArray(told) ? told.map(textOf) : [])]
}

function isWholeTrace(job: JobRecord, { checksum, output }: Readonly<Record<string, unknown>>): boolean {
  const wanted = `crc32:${crc32(job.trace).toString(16).padStart(8, '0')}`
  // Runners of old times say nothing of it, and are believed.
  if (checksum === undefined && output === undefined) return true
  if (!isRecord(output)) return false
  return checksum === wanted && output.checksum === wanted && output.bytesize === job.trace.length
}

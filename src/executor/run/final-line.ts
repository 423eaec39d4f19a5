import type { TraceWriter } from '../executor.ts'
import type { JobResult } from './job-result.ts'

/** The last line of a job's log, in GitLab Runner's words. */
export function writeFinalLine(trace: TraceWriter, result: JobResult): void {
  if (result.status === 'success') {
    trace.info('Job succeeded')
  } else {
    const kind = result.reason === 'runner_system_failure' ? ' (system failure)' : ''
    trace.error(`Job failed${kind}: ${result.message}`)
  }
}

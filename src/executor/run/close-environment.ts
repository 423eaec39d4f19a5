import type { JobEnvironment } from '../executor.ts'
import type { JobRun } from './job-run.ts'

/** An engine that does not answer must not keep a job's slot for ever; what is left is swept at the next start. */
const CLOSE_DEADLINE_MS = 5 * 60_000

/** Whatever became of the job: nothing cancels this. */
export async function closeEnvironment(
  environment: JobEnvironment,
  { job, clock, log }: JobRun,
): Promise<void> {
  const isOver = new AbortController()
  const deadline = clock.sleep(CLOSE_DEADLINE_MS, isOver.signal).then(
    () => 'late' as const,
    () => 'in time' as const,
  )
  const end = await Promise.race([environment.close().then(() => 'in time' as const), deadline])
  isOver.abort()
  if (end !== 'late') return
  log.error({ event: 'job.left', jobId: job.id }, 'what a job left behind could not be removed in time')
}

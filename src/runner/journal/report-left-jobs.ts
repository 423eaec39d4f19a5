import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { OpenedCoordinator } from '../protocol/open-coordinator.ts'
import { type FinalUpdate, TraceSender } from '../trace-sender.ts'
import type { JobJournal, LeftJob } from './job-journal.ts'
import { KeptTrace } from './kept-trace.ts'

export interface LeftJobsOrder {
  readonly journal: Pick<JobJournal, 'left'>
  /** @param url as in config.toml. What comes is the caller's to close */
  readonly openServer: (url: string) => Promise<Pick<OpenedCoordinator, 'jobs' | 'close'>>
  readonly clock: Clock
  readonly log: Log
}

/** A line that was cut off is ended first. The colour is that of errors. */
const LAST_WORDS =
  '\n\x1b[31;1mERROR: Job failed (system failure): the runner ended while this job ran\x1b[0;m\n'
const CRASHED: FinalUpdate = { state: 'failed', failureReason: 'runner_system_failure' }

/**
 * Tells servers of jobs that an earlier process left: those that ran have failed, with the log that there is.
 * @param signal ends that; what is not told is kept for another start
 */
export async function reportLeftJobs(order: LeftJobsOrder, signal: AbortSignal): Promise<void> {
  const { journal, clock, log } = order
  try {
    const left = await journal.left(clock.now())
    await Promise.all(left.map((job) => report(job, order, signal)))
  } catch (error) {
    log.warn({ event: 'job.left_unread', err: error }, 'what an earlier process left of jobs cannot be read')
  }
}

async function report(
  left: LeftJob,
  { openServer, clock, log }: LeftJobsOrder,
  signal: AbortSignal,
): Promise<void> {
  const { ticket, url, end = CRASHED } = left.record
  const coordinator = await openServer(url)
  try {
    using trace = new KeptTrace(left.traceFile, left.record.end === undefined ? LAST_WORDS : '')
    const sender = new TraceSender({ job: ticket, trace, calls: coordinator.jobs, clock, log })
    const farewell = await sender.finish(end, signal)
    if (farewell === 'lost') await left.keep(end)
    else await left.remove()
    const event = { event: 'job.reported', jobId: ticket.id, ...end, farewell }
    log.info(event, 'a job of an earlier process is told of')
  } finally {
    await coordinator.close()
  }
}

import type { Clock } from '../clock.ts'
import type { Executor, ImageSource, TraceWriter } from '../executor/executor.ts'
import { changedFlags, isFeatureOn } from '../executor/job/feature-flags.ts'
import type { Job } from '../executor/job/job.ts'
import { JobInvalid } from '../executor/job/job-invalid.ts'
import { JobVariables } from '../executor/job/job-variables.ts'
import { readJob } from '../executor/job/read-job.ts'
import type { JobResult } from '../executor/run/job-result.ts'
import type { JobStages, RunSettings } from '../executor/run/job-run.ts'
import { runJob } from '../executor/run/run-job.ts'
import { JobTrace } from '../executor/trace/job-trace.ts'
import { TraceFile } from '../executor/trace/trace-file.ts'
import type { Log } from '../log.ts'
import type { JobEnding, RunnerFigures } from './figures/runner-figures.ts'
import type { NumberedJob } from './job-numbers.ts'
import type { JobJournal } from './journal/job-journal.ts'
import { reportedReason } from './protocol/failure-reasons.ts'
import type { JobCalls, JobTicket } from './protocol/job-calls.ts'
import type { Told } from './protocol/told.ts'
import { readTicket } from './read-ticket.ts'
import { type FinalUpdate, TraceSender } from './trace-sender.ts'

/** What is the same for all jobs of one runner. */
export interface JobServing {
  /** For the log: the runner's name, and the `url` of its server. */
  readonly runner: string
  readonly url: string
  /** The first lines of every log. */
  readonly banner: readonly string[]
  readonly calls: Pick<JobCalls, 'updateJob' | 'patchTrace'>
  readonly executor: Executor
  /** For a job that begins. */
  readonly numberOf: (projectId: number) => NumberedJob
  readonly settings: RunSettings
  readonly stagesOf: (job: Job, trace: TraceWriter) => JobStages
  /** Keeps logs on their way to the server. */
  readonly journal: Pick<JobJournal, 'begin'>
  readonly figures: Pick<RunnerFigures, 'jobBegan' | 'jobIsOver' | 'notePhase' | 'images'>
  readonly outputLimitBytes: number
  readonly clock: Clock
  readonly log: Log
  /** Ends jobs at once. The reason is a JobFailure. */
  readonly abort: AbortSignal
  /** Ends telling their ends too. */
  readonly leave: AbortSignal
}

/**
 * Runs a job that a server sent, and tells the server how it went. Trouble is told to the log.
 * @param payload parsed JSON
 */
export async function serveJob(serving: JobServing, payload: unknown): Promise<void> {
  const { calls, log, runner } = serving
  const ticket = readTicket(payload)
  if (ticket === undefined) {
    log.error({ event: 'job.unreadable', runner }, 'the server sent what is no job: it has no id or no token')
    return
  }
  try {
    // Until this is said the server has the job as pending, and gives it to another when nobody says it.
    const answer = await calls.updateJob(ticket, { state: 'running' }, serving.abort)
    if (answer.kind === 'gone' || answer.jobStatus === 'canceled') {
      log.info({ event: 'job.dropped', runner, jobId: ticket.id }, 'a job was taken back before it began')
      return
    }
    await runTicket(serving, payload, ticket, answer)
  } catch (error) {
    log.error(
      { event: 'job.lost', runner, jobId: ticket.id, err: error },
      'a job could not be run or told of',
    )
  }
}

async function runTicket(
  serving: JobServing,
  payload: unknown,
  ticket: JobTicket,
  told: Told,
): Promise<void> {
  const { calls, clock, log, leave, runner, url, journal, figures } = serving
  const startedAt = clock.now()
  let ending: JobEnding = 'runner_system_failure'
  let durationMs: number | undefined
  figures.jobBegan()
  try {
    using entry = journal.begin({ ticket, url })
    using trace = new TraceFile(entry.traceFile, log)
    const sender = new TraceSender({ job: ticket, trace, calls, clock, log })
    sender.heed(told)
    sender.start()
    log.info({ event: 'job.started', runner, jobId: ticket.id }, 'a job has begun')
    const images = new Map<ImageSource, number>()
    const ran = await runPayload(serving, payload, trace, sender, (source) => {
      images.set(source, (images.get(source) ?? 0) + 1)
      figures.images.add(source)
    })
    const { end } = ran
    ending = ran.ending
    durationMs = clock.now() - startedAt
    const farewell = await sender.finish(end, leave)
    if (farewell === 'lost') {
      trace.keep()
      entry.keep(end)
    }
    const event = { event: 'job.ended', runner, jobId: ticket.id, ...end, farewell, durationMs }
    log.info({ ...event, images: Object.fromEntries(images) }, 'a job is over')
  } catch (error) {
    // The server has it as running: without a word it would wait for it for an hour.
    await calls.updateJob(ticket, { state: 'failed', failureReason: 'runner_system_failure' }, leave)
    throw error
  } finally {
    figures.jobIsOver(ending, durationMs ?? clock.now() - startedAt)
  }
}

interface Ran {
  readonly ending: JobEnding
  /** What the server is told of it. */
  readonly end: FinalUpdate
}

async function runPayload(
  serving: JobServing,
  payload: unknown,
  sink: TraceFile,
  sender: TraceSender,
  onImage: (source: ImageSource) => void,
): Promise<Ran> {
  const { clock, log, executor, settings, abort } = serving
  const job = readOrInvalid(payload)
  const isJob = !(job instanceof JobInvalid)
  const variables = new JobVariables([...settings.variables, ...(isJob ? job.variables : [])])
  const trace = new JobTrace({
    sink,
    clock,
    hasSections: isJob && job.features.traceSections,
    hasTimestamps: isFeatureOn('FF_TIMESTAMPS', settings.featureFlags, variables),
    limitBytes: serving.outputLimitBytes,
    tokenPrefixes: isJob ? job.features.tokenMaskPrefixes : [],
  })
  for (const line of serving.banner) trace.line(line)
  const flags = changedFlags(settings.featureFlags, variables)
  if (flags.length > 0) trace.line(`  feature flags: ${flags.join(', ')}`)
  if (!isJob) {
    // Its messages hold no value of the job.
    trace.error(job.message)
    const failureReason = 'runner_system_failure'
    return { ending: failureReason, end: { state: 'failed', failureReason } }
  }
  using numbered = serving.numberOf(job.info.projectId)
  const { slot, runnerSlot } = numbered
  const result = await runJob({
    job,
    executor,
    trace,
    clock,
    log,
    slot,
    runnerSlot,
    onImage,
    onPhase: (phase, durationMs) => serving.figures.notePhase(phase, durationMs),
    settings,
    stages: serving.stagesOf(job, trace),
    cancel: sender.cancel,
    abort: AbortSignal.any([abort, sender.abort]),
  })
  const ending = result.status === 'success' ? result.status : result.reason
  return { ending, end: finalUpdate(result, job) }
}

function readOrInvalid(payload: unknown): Job | JobInvalid {
  try {
    return readJob(payload)
  } catch (error) {
    if (error instanceof JobInvalid) return error
    throw error
  }
}

function finalUpdate(result: JobResult, { features }: Job): FinalUpdate {
  if (result.status === 'success') return { state: 'success' }
  const failureReason = reportedReason(result.reason, features.failureReasons)
  return { state: 'failed', failureReason, exitCode: result.exitCode }
}

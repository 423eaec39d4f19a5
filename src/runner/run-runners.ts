import type { Clock } from '../clock.ts'
import type { Executor, TraceWriter } from '../executor/executor.ts'
import { JobFailure } from '../executor/failure.ts'
import type { Job } from '../executor/job/job.ts'
import type { JobStages, RunSettings } from '../executor/run/job-run.ts'
import type { Log } from '../log.ts'
import { JobSlots } from './job-slots.ts'
import { type PollOrder, pollForJobs } from './poll-for-jobs.ts'
import { openCoordinator } from './protocol/open-coordinator.ts'
import type { RunnerIdentity } from './protocol/runner-identity.ts'
import { serveJob } from './serve-job.ts'

/** One `[[runners]]` of config.toml, and what runs its jobs. */
export interface Runner extends Pick<PollOrder, 'name' | 'token' | 'limit' | 'requestConcurrency'> {
  /** Of the server. */
  readonly url: string
  /** PEM, besides the certificates that the machine trusts. */
  readonly ca: string | undefined
  readonly executor: Executor
  readonly settings: RunSettings
  readonly stagesOf: (job: Job, trace: TraceWriter) => JobStages
  readonly outputLimitBytes: number
}

export interface RunRunnersOptions {
  readonly runners: readonly Runner[]
  /** How many jobs of all runners at a time. */
  readonly concurrent: number
  readonly checkIntervalMs: number
  /** For what is aborted to be told and removed. */
  readonly shutdownTimeoutMs: number
  readonly identity: RunnerIdentity
  /** Of logs on their way to servers. Exists, and is this program's alone. */
  readonly traceDirectory: string
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random?: () => number
  /** No more jobs; those that run go on to their end. */
  readonly drain: AbortSignal
  /** Ends those that run, too. */
  readonly abort: AbortSignal
}

/**
 * Takes jobs from servers, and runs them. First what earlier processes left behind is removed.
 * @returns when it was told to end, and all jobs have
 */
export async function runRunners(options: RunRunnersOptions): Promise<void> {
  const { runners, concurrent, clock, abort } = options
  await Promise.all([...new Set(runners.map(({ executor }) => executor))].map((it) => sweep(it, options)))
  const slots = new JobSlots(concurrent)
  const stop = new AbortController()
  const leave = new AbortController()
  const isOver = new AbortController()
  const interrupt = () => {
    stop.abort(new JobFailure('runner_interrupted', 'the runner was stopped'))
    clock.sleep(options.shutdownTimeoutMs, isOver.signal).then(
      () => leave.abort(stop.signal.reason),
      () => {},
    )
  }
  if (abort.aborted) interrupt()
  else abort.addEventListener('abort', interrupt, { once: true, signal: isOver.signal })
  const signals = { abort: stop.signal, leave: leave.signal }
  try {
    await Promise.all(runners.map((runner) => runOne(runner, slots, options, signals)))
  } finally {
    isOver.abort()
  }
}

async function runOne(
  runner: Runner,
  slots: JobSlots,
  options: RunRunnersOptions,
  signals: { readonly abort: AbortSignal; readonly leave: AbortSignal },
): Promise<void> {
  const { name, url, ca, executor, settings, stagesOf, outputLimitBytes } = runner
  const { identity, clock, log, traceDirectory, checkIntervalMs, random = Math.random } = options
  const coordinator = openCoordinator({ url, ca, identity, clock, random })
  const calls = coordinator.jobs
  const banner = [
    `Running with entrepot ${identity.version}`,
    `  on ${name}, system ID: ${identity.systemId}`,
  ]
  const shared = { calls, executor, settings, stagesOf, traceDirectory, outputLimitBytes, clock, log }
  const serving = { ...shared, ...signals, banner }
  const order: PollOrder = {
    ...runner,
    calls,
    checkIntervalMs,
    slots,
    clock,
    log,
    random,
    onJob: (payload, slot) => serveJob(serving, payload, slot),
  }
  try {
    await pollForJobs(order, AbortSignal.any([options.drain, signals.abort]))
  } finally {
    await coordinator.close()
  }
}

async function sweep(executor: Executor, { log }: RunRunnersOptions): Promise<void> {
  try {
    const swept = await executor.sweep()
    if (Object.values(swept).some((count) => count > 0)) {
      log.info({ event: 'runner.swept', ...swept }, 'what an earlier process left behind is removed')
    }
  } catch (error) {
    // Jobs will tell what is wrong with the engine; what is left is removed at another start.
    log.warn(
      { event: 'runner.sweep_failed', err: error },
      'what an earlier process left could not be removed',
    )
  }
}

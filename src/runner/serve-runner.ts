import type { Clock } from '../clock.ts'
import type { Executor } from '../executor/executor.ts'
import type { Log } from '../log.ts'
import { aborted } from './aborted.ts'
import type { RunnerFigures, RunnerHealth } from './figures/runner-figures.ts'
import type { JobNumbers } from './job-numbers.ts'
import type { JobSlots } from './job-slots.ts'
import type { JobJournal } from './journal/job-journal.ts'
import { unhealthyWaitMs } from './poll-delay.ts'
import { type PollOrder, pollForJobs } from './poll-for-jobs.ts'
import type { OpenedRunner, RunnerPlan } from './runner.ts'
import { serveJob } from './serve-job.ts'

export interface RunnerServing {
  readonly plan: RunnerPlan
  readonly journal: Pick<JobJournal, 'begin'>
  /** Of all runners together. */
  readonly slots: JobSlots
  /** Of this runner. */
  readonly own: JobSlots
  /** Of all jobs that run. */
  readonly numbers: JobNumbers
  readonly figures: RunnerFigures
  /** Removes what earlier processes left. Never throws. */
  readonly sweep: (executor: Executor) => Promise<void>
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random?: () => number
  /** No more jobs. */
  readonly drain: AbortSignal
  /** Ends jobs at once. The reason is a JobFailure. */
  readonly abort: AbortSignal
  /** Ends telling their ends too. */
  readonly leave: AbortSignal
}

/**
 * One runner: as long as what it needs can be used it asks for jobs, and runs them. First what earlier processes left
 * is removed.
 * @returns when it was drained, and its last job is over
 */
export async function serveRunner(serving: RunnerServing): Promise<void> {
  const { plan, clock, log, random = Math.random, drain } = serving
  const health = serving.figures.serving(drain, plan.tokenExpiresAt)
  const pollings = new Set<Promise<void>>()
  for (let failures = 0; !drain.aborted; ) {
    let opened: OpenedRunner
    try {
      opened = await plan.open(drain)
      if (failures > 0) log.info({ event: 'runner.usable', runner: plan.name }, 'the runner can work again')
      failures = 0
      health.state = 'asking'
    } catch (error) {
      if (drain.aborted) break
      failures += 1
      health.state = 'unusable'
      const waitMs = unhealthyWaitMs(failures, random())
      const event = { event: 'runner.unusable', runner: plan.name, failures, waitMs, err: error }
      log.warn(event, 'the runner cannot work, and takes no jobs until it can')
      await clock.sleep(waitMs, drain).catch(() => {})
      continue
    }
    const polling = pollAndClose(opened, health, serving).finally(() => pollings.delete(polling))
    pollings.add(polling)
    await Promise.race([polling, aborted(opened.lost)])
  }
  await Promise.all(pollings)
}

async function pollAndClose(
  opened: OpenedRunner,
  health: RunnerHealth,
  serving: RunnerServing,
): Promise<void> {
  const { plan, journal, figures, clock, log, random = Math.random, abort, leave } = serving
  const { executor, coordinator, stagesOf } = opened
  const { banner, outputLimitBytes, url } = plan
  const settings = { ...plan.settings, variables: [...plan.settings.variables, ...opened.variables] }
  const calls = coordinator.jobs
  const runner = plan.name
  const jobs = { calls, executor, settings, stagesOf, banner, outputLimitBytes, runner, url }
  const numberOf = (projectId: number) => serving.numbers.take(plan.token, projectId)
  const shared = { ...jobs, numberOf, journal, figures, clock, log, abort, leave }
  const order: PollOrder = {
    ...plan,
    calls,
    own: serving.own,
    slots: serving.slots,
    answers: figures.answers,
    health,
    clock,
    log,
    random,
    abort: AbortSignal.any([abort, opened.lost]),
    onJob: (payload) => serveJob(shared, payload),
  }
  try {
    await serving.sweep(executor)
    await pollForJobs(order, AbortSignal.any([serving.drain, opened.lost]))
  } finally {
    await opened.close()
  }
}

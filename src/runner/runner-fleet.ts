import type { Clock } from '../clock.ts'
import type { Executor } from '../executor/executor.ts'
import { JobFailure } from '../executor/failure.ts'
import type { Log } from '../log.ts'
import { aborted } from './aborted.ts'
import { FleetFigures } from './figures/fleet-figures.ts'
import { JobNumbers } from './job-numbers.ts'
import { JobSlots } from './job-slots.ts'
import type { JobJournal } from './journal/job-journal.ts'
import type { RunnerPlan } from './runner.ts'
import { serveRunner } from './serve-runner.ts'
import { sweep } from './sweep.ts'

export interface FleetOptions {
  readonly journal: Pick<JobJournal, 'begin'>
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random?: () => number
  /** No more jobs; those that run go on to their end. */
  readonly drain: AbortSignal
  /** Ends those that run, too. */
  readonly abort: AbortSignal
}

export interface FleetOrder {
  readonly plans: readonly RunnerPlan[]
  /** How many jobs of all runners at a time. */
  readonly concurrent: number
  /** For what is aborted to be told and removed. */
  readonly shutdownTimeoutMs: number
}

interface Running {
  readonly leave: AbortController
  readonly over: Promise<void>
}

/**
 * Runners that take jobs from servers, and run them.
 *
 * Lifecycle: `apply`, again whenever the settings have changed -> `over`, when it was told to end.
 */
export class RunnerFleet {
  readonly figures = new FleetFigures()
  readonly #options: FleetOptions
  readonly #slots = new JobSlots(1)
  readonly #numbers = new JobNumbers()
  /** By the key of a runner. */
  readonly #limits = new Map<string, JobSlots>()
  /** By the version of a plan. */
  readonly #running = new Map<string, Running>()
  readonly #ending = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  readonly #leave = new AbortController()
  readonly #isOver = new AbortController()
  #shutdownTimeoutMs = 0
  /** One after the other: two runners of one engine would be in each other's way. */
  #sweeping: Promise<void> = Promise.resolve()

  constructor(options: FleetOptions) {
    const { abort } = options
    this.#options = options
    if (abort.aborted) this.#interrupt()
    else abort.addEventListener('abort', () => this.#interrupt(), { once: true, signal: this.#isOver.signal })
  }

  /** What is new begins, what is gone takes no more jobs and ends with its last; what is the same goes on. */
  apply({ plans, concurrent, shutdownTimeoutMs }: FleetOrder): void {
    this.#shutdownTimeoutMs = shutdownTimeoutMs
    this.#slots.resize(concurrent)
    this.figures.concurrent = concurrent
    const versions = new Set(plans.map(({ version }) => version))
    for (const [version, { leave }] of this.#running) {
      if (versions.has(version)) continue
      leave.abort()
      this.#running.delete(version)
    }
    for (const plan of plans) {
      this.#limitOf(plan).resize(plan.limit)
      this.figures.of(plan.name).limit = plan.limit
      if (!this.#running.has(plan.version)) this.#start(plan)
    }
  }

  /** Resolves when it was told to end, and all jobs have. */
  async over(): Promise<void> {
    await aborted(AbortSignal.any([this.#options.drain, this.#options.abort]))
    while (this.#ending.size > 0) await Promise.all(this.#ending)
    this.#isOver.abort()
  }

  #start(plan: RunnerPlan): void {
    const { drain } = this.#options
    const leave = new AbortController()
    const over = serveRunner({
      ...this.#options,
      plan,
      slots: this.#slots,
      own: this.#limitOf(plan),
      numbers: this.#numbers,
      figures: this.figures.of(plan.name),
      sweep: (executor) => this.#sweep(executor),
      drain: AbortSignal.any([drain, leave.signal, this.#abort.signal]),
      abort: this.#abort.signal,
      leave: this.#leave.signal,
    }).finally(() => this.#ending.delete(over))
    this.#ending.add(over)
    this.#running.set(plan.version, { leave, over })
  }

  #limitOf({ key, limit }: RunnerPlan): JobSlots {
    const found = this.#limits.get(key) ?? new JobSlots(limit)
    this.#limits.set(key, found)
    return found
  }

  #sweep(executor: Executor): Promise<void> {
    this.#sweeping = this.#sweeping.then(() => sweep(executor, this.#options.log))
    return this.#sweeping
  }

  #interrupt(): void {
    this.#abort.abort(new JobFailure('runner_interrupted', 'the runner was stopped'))
    this.#options.clock.sleep(this.#shutdownTimeoutMs, this.#isOver.signal).then(
      () => this.#leave.abort(this.#abort.signal.reason),
      () => {},
    )
  }
}

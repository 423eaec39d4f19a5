import type { PlannedJob } from '../../../src/pipeline/plan/planned-job.ts'
import type { JobRunner, TryEnd } from '../../../src/pipeline/run/job-runner.ts'
import type { JobOutcome } from '../../../src/pipeline/schedule/job-outcome.ts'

/** Jobs that end when, and how, a test says. */
export class ScriptedRunner implements JobRunner {
  /** Every try, in order. */
  readonly started: string[] = []
  readonly slots: number[] = []
  readonly #ends = new Map<string, (end: TryEnd) => void>()

  run(job: PlannedJob, slot: number): Promise<TryEnd> {
    this.started.push(job.name)
    this.slots.push(slot)
    return new Promise((resolve) => this.#ends.set(job.name, resolve))
  }

  get running(): readonly string[] {
    return [...this.#ends.keys()]
  }

  /** Resolves when what follows from it has begun. */
  async end(job: string, outcome: JobOutcome = { status: 'success' }): Promise<void> {
    const end = this.#ends.get(job)
    if (end === undefined) throw new Error(`${job} does not run`)
    this.#ends.delete(job)
    end({ outcome, logFile: `${job}.log`, images: [] })
    await new Promise((resolve) => setImmediate(resolve))
  }
}

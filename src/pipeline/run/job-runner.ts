import type { PlannedJob } from '../plan/planned-job.ts'
import type { TestCounts } from '../reports/count-tests.ts'
import type { JobOutcome } from '../schedule/job-outcome.ts'
import type { UsedImage } from './pipeline-events.ts'

/** Runs one try of a job after another; several at a time. */
export interface JobRunner {
  /**
   * Ends when nothing of the try is left. Never throws: whatever happens is an outcome.
   * @param slot sets what runs at the same time apart; the lowest free number from 0
   */
  run(job: PlannedJob, slot: number): Promise<TryEnd>
}

export interface TryEnd {
  readonly outcome: JobOutcome
  /** Relative to the project; undefined when it did not come to a log. */
  readonly logFile: string | undefined
  /** The job's own first. */
  readonly images: readonly UsedImage[]
  /** Of its JUnit reports; absent without any that can be read. */
  readonly tests?: TestCounts | undefined
}

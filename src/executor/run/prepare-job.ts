import type { JobEnvironment, PreparedEnvironment } from '../executor.ts'
import { JobFailure } from '../failure.ts'
import { formatGoDuration } from '../job/go-duration.ts'
import { closeEnvironment } from './close-environment.ts'
import type { JobRun } from './job-run.ts'
import { stopping } from './stopping.ts'

const TRIES = 3
const RETRY_DELAY_MS = 3000

export interface PreparedJob {
  /** The caller's to close. */
  readonly environment: JobEnvironment
  readonly prepared: PreparedEnvironment
}

/**
 * Prepares the place of a job, again when that may help: each time in a new environment, the old one being closed.
 * @throws JobFailure, the signal's reason, or what the last try threw
 */
export async function prepareJob(run: JobRun, signal: AbortSignal): Promise<PreparedJob> {
  const { job, executor, trace, slot, runnerSlot, onImage, clock } = run
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted()
    const environment = executor.open({ job, trace, slot, runnerSlot, onImage })
    try {
      return { environment, prepared: await stopping(environment.prepare(signal), signal, clock) }
    } catch (error) {
      await closeEnvironment(environment, run)
      if (error instanceof JobFailure || signal.aborted || tries === TRIES) throw error
      trace.error(`Preparation failed: ${error instanceof Error ? error.message : String(error)}`)
      trace.info(`Will be retried in ${formatGoDuration(RETRY_DELAY_MS)} ...`)
      await clock.sleep(RETRY_DELAY_MS, signal)
    }
  }
}

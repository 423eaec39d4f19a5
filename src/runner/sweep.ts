import type { Executor } from '../executor/executor.ts'
import type { Log } from '../log.ts'

/** Removes what earlier processes of this machine left of jobs. Never throws: trouble is told to the log. */
export async function sweep(executor: Executor, log: Log): Promise<void> {
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

import type { Clock } from '../../clock.ts'
import { ImagePullError, isTransient } from './pull-error.ts'

export interface RetryParts {
  readonly clock: Clock
  /** From 0 up to 1: jobs that fail together do not come back together. */
  readonly random: () => number
}

const MAX_ATTEMPTS = 3
const MIN_WAIT_MS = 2000
const MAX_WAIT_MS = 10_000

/**
 * Tries again what may work in a moment, three times in all.
 * @param onRetry told the number of the attempt that failed, from 1
 * @throws ImagePullError, the last one; the signal's reason
 */
export async function retryPull<T>(
  attempt: () => Promise<T>,
  onRetry: (attempt: number, error: ImagePullError) => void,
  { clock, random }: RetryParts,
  signal: AbortSignal,
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof ImagePullError) || !isTransient(error) || number === MAX_ATTEMPTS) throw error
      onRetry(number, error)
      await clock.sleep(MIN_WAIT_MS + random() * (MAX_WAIT_MS - MIN_WAIT_MS), signal)
    }
  }
}

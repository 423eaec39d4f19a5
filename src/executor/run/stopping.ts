import type { Clock } from '../../clock.ts'

/** Stopping a container takes up to two deadlines of its own. What takes longer is left to the cleanup. */
const STOP_DEADLINE_MS = 60_000

/**
 * Waits for work that was given a signal, and when the signal is aborted not much longer.
 * @throws what the work throws; the signal's reason when the work does not heed it
 */
export async function stopping<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  clock: Clock,
): Promise<Result> {
  const isOver = new AbortController()
  const isStopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true, signal: isOver.signal })
  })
  const isStuck = isStopped
    .then(() => clock.sleep(STOP_DEADLINE_MS, isOver.signal))
    .then(() => Promise.reject(signal.reason))
  try {
    return await Promise.race([work, isStuck])
  } finally {
    isOver.abort()
  }
}

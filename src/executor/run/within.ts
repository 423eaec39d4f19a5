import type { Clock } from '../../clock.ts'

/** A timer that is set for longer rings at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface Limits {
  readonly clock: Clock
  /** Absent: as long as it takes. */
  readonly timeoutMs: number | undefined
  /** Why it is over, when the time is. */
  readonly timeoutReason: () => Error
  /** End it earlier, each with its reason. */
  readonly signals: readonly AbortSignal[]
}

/** Gives work a signal that tells it to end in time. */
export async function within<Result>(
  { clock, timeoutMs, timeoutReason, signals }: Limits,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const timeout = new AbortController()
  const isOver = new AbortController()
  if (timeoutMs !== undefined) {
    sleepLong(clock, timeoutMs, isOver.signal).then(
      () => timeout.abort(timeoutReason()),
      () => {},
    )
  }
  try {
    return await work(AbortSignal.any([...signals, timeout.signal]))
  } finally {
    isOver.abort()
  }
}

/** Jobs may be given more than the 24 days of a timer. */
async function sleepLong(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= LONGEST_TIMER_MS) {
    await clock.sleep(Math.min(leftMs, LONGEST_TIMER_MS), signal)
  }
}

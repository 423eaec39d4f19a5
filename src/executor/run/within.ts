import type { Clock } from '../../clock.ts'

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
    clock.sleep(timeoutMs, isOver.signal).then(
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

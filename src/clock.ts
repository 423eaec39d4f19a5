import { setTimeout as delay } from 'node:timers/promises'

/** The only source of time for decisions, so that tests move it instead of sleeping. */
export interface Clock {
  /** Wall time in milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`; rejects with the signal's reason when `signal` aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      throw signal?.aborted ? signal.reason : error
    }
  },
}

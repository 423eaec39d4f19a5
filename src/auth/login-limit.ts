import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { isStillAhead } from '../still-ahead.ts'

/** A typo, or a job that runs on with a credential that ended, stays below. */
const FREE_FAILURES = 10
const WINDOW_MS = 60_000
/** Who guesses from more places than this makes us forget the oldest. */
const MAX_WATCHED = 20_000

interface Failures {
  count: number
  readonly until: number
}

/**
 * Counts logins that failed, by address and by what was claimed to be: never by user name, since every job is
 * gitlab-ci-token. It is asked only after a login has failed: whoever has a valid credential always passes, also
 * from an address where others guess.
 */
export class LoginLimit {
  readonly #clock: Clock
  readonly #failures = new LRUCache<string, Failures>({ max: MAX_WATCHED })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Takes note of a failure.
   * @param claimed the id that the secret or token said of itself; undefined for what has none
   * @returns how long to stay away, in milliseconds, once there were too many
   */
  fail(address: string, claimed: string | undefined): number | undefined {
    const key = `${address} ${claimed ?? ''}`
    const now = this.#clock.now()
    const known = this.#failures.get(key)
    const counts = known !== undefined && isStillAhead(known.until, now, WINDOW_MS)
    const failures = counts ? known : { count: 0, until: now + WINDOW_MS }
    failures.count += 1
    this.#failures.set(key, failures)
    return failures.count > FREE_FAILURES ? failures.until - now : undefined
  }
}

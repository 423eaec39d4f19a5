import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { OciError } from '../oci/errors.ts'
import { isStillAhead } from '../still-ahead.ts'

/** How long a 404 is repeated without asking again. */
export const UNKNOWN_REMEMBERED_MS = 10_000

/** Names are a stranger's choice: how many are remembered is bounded. */
const MAX_UNKNOWN_NAMES = 10_000

interface Unknown {
  readonly error: OciError
  readonly until: number
}

/** What the upstream said it does not have, a moment ago. */
export class UnknownNames {
  readonly #clock: Clock
  readonly #byKey = new LRUCache<string, Unknown>({ max: MAX_UNKNOWN_NAMES })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  find(key: string): OciError | undefined {
    const unknown = this.#byKey.get(key)
    if (unknown === undefined) return undefined
    return isStillAhead(unknown.until, this.#clock.now(), UNKNOWN_REMEMBERED_MS) ? unknown.error : undefined
  }

  record(key: string, error: OciError): void {
    this.#byKey.set(key, { error, until: this.#clock.now() + UNKNOWN_REMEMBERED_MS })
  }
}

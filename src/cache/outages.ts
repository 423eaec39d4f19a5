import type { Clock } from '../clock.ts'
import type { UpstreamError } from '../upstream/errors.ts'

/** After a failure, those who have a copy in hand are not made to wait for another one for this long. */
export const OUTAGE_REMEMBERED_MS = 30_000

interface Outage {
  readonly error: UpstreamError
  readonly until: number
}

/** Which upstreams failed a moment ago, so that an outage costs one client its deadline and not every client. */
export class Outages {
  readonly #clock: Clock
  readonly #byUpstream = new Map<string, Outage>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  find(upstream: string): UpstreamError | undefined {
    const outage = this.#byUpstream.get(upstream)
    if (outage === undefined) return undefined
    if (this.#clock.now() < outage.until) return outage.error
    this.#byUpstream.delete(upstream)
    return undefined
  }

  record(upstream: string, error: UpstreamError): void {
    this.#byUpstream.set(upstream, { error, until: this.#clock.now() + OUTAGE_REMEMBERED_MS })
  }

  /** The upstream answered. */
  end(upstream: string): void {
    this.#byUpstream.delete(upstream)
  }
}

/** What one stranger's connections may cost. Milliseconds where the name says so. */
export interface ConnectionLimits {
  /** A request's head must be complete within this time, whether it trickles in or never begins. */
  readonly headersMs: number
  /** The same for a whole request: none that we serve has a body. */
  readonly requestMs: number
  /** How often the two are looked at. */
  readonly checkMs: number
  /** An idle connection is kept this long for the next request. */
  readonly keepAliveMs: number
  readonly maxHeaderBytes: number
  readonly maxHeaderCount: number
  readonly maxConnections: number
}

export const DEFAULT_LIMITS: ConnectionLimits = {
  headersMs: 15_000,
  requestMs: 30_000,
  checkMs: 5_000,
  // Longer than clients and reverse proxies keep one, so that they close first.
  keepAliveMs: 75_000,
  // Room for a bearer token and a few cookies; more is a flood.
  maxHeaderBytes: 16 * 1024,
  maxHeaderCount: 100,
  // Sockets cost memory before they say anything.
  maxConnections: 10_000,
}

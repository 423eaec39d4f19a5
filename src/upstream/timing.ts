/** Every wait towards an upstream. Milliseconds, save where the name says otherwise. */
export interface UpstreamTiming {
  /** Name lookup, TCP and TLS together. */
  readonly connectMs: number
  /** From the call to the reply's head (for manifests, to the end), when the caller names no deadline. */
  readonly requestMs: number
  /** From the sent request to the reply's head: ends what nobody waits for any more. */
  readonly headMs: number
  /** Between two pieces of a body, while somebody wants the next. */
  readonly bodyIdleMs: number
  /** A whole exchange with a token server. */
  readonly tokenMs: number
  /** An idle connection is kept this long for the next request. */
  readonly keepAliveMs: number
  /** Connections to one origin at a time. */
  readonly maxConnections: number
}

export const DEFAULT_TIMING: UpstreamTiming = {
  // A SYN lost twice is sent a third time after 3 s; what takes longer than this is not coming.
  connectMs: 10_000,
  // Registries that pull through others need this long for their own cold content.
  requestMs: 30_000,
  // Longer than any deadline that callers use, so that the deadline is what speaks.
  headMs: 60_000,
  // Congested links pause for seconds; half a minute without one byte is a dead peer.
  bodyIdleMs: 30_000,
  // Token servers answer in well under a second, or are in trouble.
  tokenMs: 10_000,
  // Shorter than the idle time after which common front ends close (60 s and more).
  keepAliveMs: 30_000,
  // Above the number of fills at once, so that manifests never wait behind blobs.
  maxConnections: 64,
}

import type { Outcome } from '../cache/outcome.ts'

/** One image that was pulled with a credential. */
export interface PullRecord {
  /** Canonical: `docker.io/library/redis:7`. */
  readonly reference: string
  /** What the reference led to. */
  readonly digest: string
  /** Of the request for the reference. */
  readonly outcome: Outcome
  /** What the client was sent: manifests and blobs. */
  readonly bytes: number
  /** Caused by this client; what several waited for is charged to the first. Those for tokens count too. */
  readonly upstreamRequests: number
}

/** What was pulled with each credential. In memory: it says nothing of what came before the start. */
export interface PullLedger {
  /** In the order in which they began; undefined when nothing is known of the credential. */
  list(credentialId: string): readonly PullRecord[] | undefined
}

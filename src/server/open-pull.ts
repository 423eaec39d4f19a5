import type { Outcome } from '../cache/outcome.ts'
import type { Digest } from '../oci/digest.ts'
import { canonicalImageName } from '../oci/image-name.ts'
import type { Reference } from '../oci/reference.ts'
import type { PullCharge } from './pull-charge.ts'
import type { PulledImage } from './pulled-image.ts'

/** A pull is over when nothing of it was asked for so long. Clients unpack between two layers. */
export const QUIET_MS = 10_000

/** From what costs the upstream nothing to what costs it the most. */
const DEARNESS: Readonly<Record<Outcome, number>> = {
  hit: 0,
  revalidated: 1,
  stale: 2,
  updated: 3,
  miss: 4,
  skip: 5,
}

/** The cache had it; the upstream was asked at most whether it is still right. */
export function isHit(outcome: Outcome): boolean {
  return DEARNESS[outcome] <= DEARNESS.stale
}

/** A manifest or a blob, as it is asked for. */
export type AskedContent =
  | { readonly kind: 'manifest'; readonly method: 'GET' | 'HEAD'; readonly reference: Reference }
  | { readonly kind: 'blob'; readonly method: 'GET' | 'HEAD'; readonly digest: Digest }

/** How a request was answered. */
export interface AnsweredContent {
  readonly answered?: { readonly outcome: Outcome; readonly collapsed?: boolean }
  readonly sentBytes: number
  /** Absent: it caused no requests. */
  readonly charge?: PullCharge
}

/** One image that one client pulled: the manifests and blobs of it that were asked for together. */
export interface EndedPull {
  /** Canonical: `docker.io/library/redis:7`. */
  readonly image: string
  readonly digest: Digest
  /** Who pulled: the credential of a job, else an address. */
  readonly client: string
  readonly group: string
  /** The dearest of all its requests. */
  readonly outcome: Outcome
  /** What the client was sent. */
  readonly bytes: number
  /** Of those, what was in the cache, or on its way there for somebody else. */
  readonly savedBytes: number
  /** Caused by this client; what several waited for is charged to the first. Those for tokens count too. */
  readonly upstreamRequests: number
  /** Whether the upstream gave a manifest for it, which is what upstreams count as a pull. */
  readonly tookUpstreamPull: boolean
  readonly durationMs: number
}

/** A pull that goes on. */
export interface OpenPull extends PulledImage {
  readonly client: string
  readonly group: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  lastAt: number
  /** Requests that are not answered to the end. */
  running: number
  /** False: only HEADs, as clients send who look whether a tag has moved. */
  isServed: boolean
  outcome: Outcome
  bytes: number
  savedBytes: number
  upstreamRequests: number
  tookUpstreamPull: boolean
}

export function beginPull(
  known: Pick<
    OpenPull,
    'client' | 'group' | 'upstream' | 'repository' | 'reference' | 'digest' | 'startedAt'
  >,
): OpenPull {
  return {
    ...known,
    lastAt: known.startedAt,
    running: 0,
    isServed: false,
    outcome: 'hit',
    bytes: 0,
    savedBytes: 0,
    upstreamRequests: 0,
    tookUpstreamPull: false,
    children: new Set(),
  }
}

/** Adds a request to its pull. Hot pulls come here too: nothing is made. */
export function addToPull(
  pull: OpenPull,
  { kind, method }: AskedContent,
  { answered, sentBytes, charge }: AnsweredContent,
): void {
  if (answered === undefined) return
  const { outcome, collapsed = false } = answered
  const isSaved = collapsed || isHit(outcome)
  if (method === 'GET') {
    pull.isServed = true
    if (kind === 'manifest' && !isSaved) pull.tookUpstreamPull = true
  }
  if (DEARNESS[outcome] > DEARNESS[pull.outcome]) pull.outcome = outcome
  pull.bytes += sentBytes
  if (isSaved) pull.savedBytes += sentBytes
  charge?.bill(pull)
}

/** A clock that was set back says nothing of how long it has been quiet. */
export function isOver({ running, lastAt }: OpenPull, now: number): boolean {
  return running === 0 && (now - lastAt >= QUIET_MS || now < lastAt)
}

export function endPull(pull: OpenPull): EndedPull {
  const { digest, client, group, outcome, bytes, savedBytes, upstreamRequests, tookUpstreamPull } = pull
  return {
    image: canonicalImageName(pull.upstream, pull.repository, pull.reference),
    digest,
    client,
    group,
    outcome,
    bytes,
    savedBytes,
    upstreamRequests,
    tookUpstreamPull,
    durationMs: Math.max(0, pull.lastAt - pull.startedAt),
  }
}

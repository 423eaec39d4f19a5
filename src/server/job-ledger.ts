import { LRUCache } from 'lru-cache'
import type { Outcome } from '../cache/outcome.ts'
import type { Clock } from '../clock.ts'
import type { Digest } from '../oci/digest.ts'
import { canonicalImageName } from '../oci/image-name.ts'
import type { Reference, Repository } from '../oci/reference.ts'
import type { PullCharge } from './pull-charge.ts'
import type { PullLedger, PullRecord } from './pull-ledger.ts'
import { findImage, type PulledImage } from './pulled-image.ts'

/** A job that pulls more images than this has the first ones listed. */
export const MAX_IMAGES = 100
export const MAX_JOBS = 5_000

/** Whoever ends a job asks what it pulled. */
export const KEPT_AFTER_END_MS = 3_600_000

/** One request of a job that was answered with content. */
export interface JobPull {
  readonly upstream: string
  readonly repository: Repository
  readonly kind: 'manifest' | 'blob'
  readonly reference: Reference
  readonly digest: Digest
  readonly outcome: Outcome
  readonly bytes: number
  /** The manifests that this one leads to. */
  readonly children: ReadonlySet<string>
  /** Absent: it caused no requests. */
  readonly charge: PullCharge | undefined
}

interface Entry extends PulledImage {
  readonly outcome: Outcome
  bytes: number
  upstreamRequests: number
}

/** What jobs pulled: one entry per image, with the manifests and blobs that were pulled for it. */
export class JobLedger implements PullLedger {
  readonly #entries: LRUCache<string, Entry[]>

  constructor(clock: Clock) {
    this.#entries = new LRUCache({ max: MAX_JOBS, perf: clock, ttlResolution: 0 })
  }

  record(credentialId: string, pull: JobPull): void {
    const { upstream, repository, digest } = pull
    const entries = this.#entries.get(credentialId) ?? this.#begin(credentialId)
    const entry = findImage(entries, upstream, repository, pull, digest) ?? addEntry(entries, pull)
    if (entry === undefined) return
    entry.bytes += pull.bytes
    if (pull.children.size > 0) entry.children.add(pull.children)
    pull.charge?.bill(entry)
  }

  list(credentialId: string): readonly PullRecord[] | undefined {
    return this.#entries
      .get(credentialId)
      ?.map(({ upstream, repository, reference, digest, outcome, bytes, upstreamRequests }) => ({
        reference: canonicalImageName(upstream, repository, reference),
        digest,
        outcome,
        bytes,
        upstreamRequests,
      }))
  }

  /** The credential has ended: what it pulled is forgotten in a while. */
  end(credentialId: string): void {
    const entries = this.#entries.get(credentialId)
    if (entries !== undefined) this.#entries.set(credentialId, entries, { ttl: KEPT_AFTER_END_MS })
  }

  #begin(credentialId: string): Entry[] {
    const entries: Entry[] = []
    this.#entries.set(credentialId, entries)
    return entries
  }
}

function addEntry(entries: Entry[], pull: JobPull): Entry | undefined {
  if (entries.length >= MAX_IMAGES) return undefined
  const { upstream, repository, reference, digest, outcome } = pull
  const entry: Entry = {
    upstream,
    repository,
    reference,
    digest,
    outcome,
    bytes: 0,
    upstreamRequests: 0,
    children: new Set(),
  }
  entries.push(entry)
  return entry
}

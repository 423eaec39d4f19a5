import type { JsonObject } from '../oci/descriptor.ts'
import type { Digest } from '../oci/digest.ts'
import type { Reference, Repository } from '../oci/reference.ts'
import type {
  BlobRequest,
  FetchedBlob,
  FetchedManifest,
  FetchedTags,
  ProbedBlob,
  ResolvedManifest,
  Upstream,
  UpstreamRequest,
} from '../upstream/upstream.ts'
import type { PullTarget } from './access.ts'

/** An upstream whose requests are counted for somebody, also those of work that others join or that goes on alone. */
class ChargedUpstream implements Upstream {
  readonly #upstream: Upstream
  readonly #onSent: () => void

  constructor(upstream: Upstream, onSent: () => void) {
    this.#upstream = upstream
    this.#onSent = onSent
  }

  get name(): string {
    return this.#upstream.name
  }

  resolve(repository: Repository, reference: Reference, options: UpstreamRequest): Promise<ResolvedManifest> {
    return this.#upstream.resolve(repository, reference, this.#charged(options))
  }

  fetchManifest(
    repository: Repository,
    reference: Reference,
    options: UpstreamRequest,
  ): Promise<FetchedManifest> {
    return this.#upstream.fetchManifest(repository, reference, this.#charged(options))
  }

  fetchBlob(repository: Repository, digest: Digest, options: BlobRequest): Promise<FetchedBlob> {
    return this.#upstream.fetchBlob(repository, digest, this.#charged(options))
  }

  probeBlob(repository: Repository, digest: Digest, options: UpstreamRequest): Promise<ProbedBlob> {
    return this.#upstream.probeBlob(repository, digest, this.#charged(options))
  }

  fetchTags(repository: Repository, options: UpstreamRequest): Promise<FetchedTags> {
    return this.#upstream.fetchTags(repository, this.#charged(options))
  }

  fetchReferrers(
    repository: Repository,
    subject: Digest,
    options: UpstreamRequest,
  ): Promise<readonly JsonObject[]> {
    return this.#upstream.fetchReferrers(repository, subject, this.#charged(options))
  }

  #charged<T extends UpstreamRequest>(options: T): T {
    return { ...options, onSent: this.#onSent }
  }
}

/** The same target, for a client whose requests to the upstream are counted. */
export function chargedTarget(target: PullTarget, onSent: () => void): PullTarget {
  const { policy } = target
  return { ...target, policy: { ...policy, upstream: new ChargedUpstream(policy.upstream, onSent) } }
}

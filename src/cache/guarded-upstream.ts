import type { Clock } from '../clock.ts'
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
import { Breaker } from './breaker.ts'
import { blobVerdict, registryVerdict, tokenVerdict } from './breaker-verdict.ts'
import type { RateBudget } from './rate-budget.ts'

/**
 * The breakers of one upstream: its registry, where its blobs come from, and the server that issues its tokens.
 * Blobs have one of their own, because a registry often leads elsewhere for them.
 */
export class UpstreamBreakers {
  readonly registry: Breaker
  readonly blobs: Breaker
  readonly token: Breaker

  constructor(clock: Clock) {
    this.registry = new Breaker({ clock, judge: registryVerdict })
    this.blobs = new Breaker({ clock, judge: blobVerdict })
    this.token = new Breaker({ clock, judge: tokenVerdict })
  }
}

/** An upstream that is left alone while it fails or limits us. */
export class GuardedUpstream implements Upstream {
  readonly #upstream: Upstream
  readonly #breakers: UpstreamBreakers
  readonly #rates: RateBudget

  constructor(upstream: Upstream, breakers: UpstreamBreakers, rates: RateBudget) {
    this.#upstream = upstream
    this.#breakers = breakers
    this.#rates = rates
  }

  get name(): string {
    return this.#upstream.name
  }

  async resolve(
    repository: Repository,
    reference: Reference,
    options: UpstreamRequest,
  ): Promise<ResolvedManifest> {
    this.#rates.admitHead(options.credential)
    return this.#guard(options, () => this.#upstream.resolve(repository, reference, options))
  }

  async fetchManifest(
    repository: Repository,
    reference: Reference,
    options: UpstreamRequest,
  ): Promise<FetchedManifest> {
    this.#rates.admitGet(options.credential)
    return this.#guard(options, () => this.#upstream.fetchManifest(repository, reference, options))
  }

  /**
   * A download that is under way is taken up again by its own rules: clients are reading it. A part that
   * somebody wants beside it is not.
   */
  async fetchBlob(repository: Repository, digest: Digest, options: BlobRequest): Promise<FetchedBlob> {
    this.#rates.admitBlob(options.credential)
    const fetch = () => this.#upstream.fetchBlob(repository, digest, options)
    const resumes = (options.offset ?? 0) > 0 && options.end === undefined
    return resumes ? fetch() : this.#guardBlob(digest, fetch)
  }

  async probeBlob(repository: Repository, digest: Digest, options: UpstreamRequest): Promise<ProbedBlob> {
    this.#rates.admitBlob(options.credential)
    return this.#guardBlob(digest, () => this.#upstream.probeBlob(repository, digest, options))
  }

  /** Lists are not counted as pulls, but one that has said 429 is left alone. */
  async fetchTags(repository: Repository, options: UpstreamRequest): Promise<FetchedTags> {
    this.#rates.admitGet(options.credential)
    return this.#guard(options, () => this.#upstream.fetchTags(repository, options))
  }

  async fetchReferrers(
    repository: Repository,
    subject: Digest,
    options: UpstreamRequest,
  ): Promise<readonly JsonObject[]> {
    this.#rates.admitGet(options.credential)
    return this.#guard(options, () => this.#upstream.fetchReferrers(repository, subject, options))
  }

  #guard<T>({ hasCopy = false }: UpstreamRequest, work: () => Promise<T>): Promise<T> {
    const { registry, token } = this.#breakers
    // Who has no copy learns on the way that no token is to be had; who has one is spared the way.
    return registry.run(hasCopy ? () => token.watch(work) : work, { hasCopy })
  }

  /**
   * A blob may come from elsewhere: what fails there is not the registry's failure, and no reason to keep
   * manifests from being asked for. One blob that is broken is none to keep others from being fetched.
   */
  #guardBlob<T>(digest: Digest, work: () => Promise<T>): Promise<T> {
    const { registry, blobs } = this.#breakers
    const ask = () => registry.run(work, { hasCopy: false, blames: false })
    return blobs.run(ask, { hasCopy: false, subject: digest })
  }
}

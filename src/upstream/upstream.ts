import type { JsonObject } from '../oci/descriptor.ts'
import type { Digest } from '../oci/digest.ts'
import type { Reference, Repository, Tag } from '../oci/reference.ts'

/**
 * One other people's registry, as the cache sees it. Implementations own connections, tokens, redirects and
 * deadlines; they never store content and never decide what a client may read.
 *
 * Every method may be called concurrently. Every method rejects with UpstreamError and nothing else, save the
 * signal's own reason when the caller's signal aborts.
 */
export interface Upstream {
  /** The registry's canonical name in references: `docker.io`. */
  readonly name: string

  /**
   * HEAD of a manifest: what a reference points to now, free of charge at Docker Hub. An upstream that tells
   * no digest in the reply to HEAD is asked by GET, and the digest is computed.
   */
  resolve(repository: Repository, reference: Reference, options: UpstreamRequest): Promise<ResolvedManifest>

  /**
   * GET of a manifest. The bytes are exactly as received, at most `MAX_MANIFEST_BYTES`. `digest` is computed
   * from them, and has been compared with what was asked (digest references) and with what the upstream said.
   * Fails with `invalid` on a mismatch.
   */
  fetchManifest(
    repository: Repository,
    reference: Reference,
    options: UpstreamRequest,
  ): Promise<FetchedManifest>

  /**
   * GET of a blob from `options.offset` (default 0) up to `options.end`. The body starts at the returned
   * `offset`, which is 0 when the upstream does not do ranges: the caller skips forward, and the body then goes
   * on to the end of the blob. The bytes are not verified here.
   * Ownership of the body passes to the caller, who reads it to its end or destroys it.
   */
  fetchBlob(repository: Repository, digest: Digest, options: BlobRequest): Promise<FetchedBlob>

  /** GET of a blob's first byte: does it exist for this caller, and how large is it. Blobs are never HEADed. */
  probeBlob(repository: Repository, digest: Digest, options: UpstreamRequest): Promise<ProbedBlob>

  /**
   * GET of all tags of a repository, page after page within one deadline, in the order of the upstream. `not-found`
   * for a repository that does not exist.
   */
  fetchTags(repository: Repository, options: UpstreamRequest): Promise<FetchedTags>

  /**
   * GET of all manifests whose `subject` is this digest, page after page within one deadline. `not-found` where the
   * registry has no referrers API; `invalid` for more than `MAX_LIST_BYTES`: a part would hide signatures.
   */
  fetchReferrers(
    repository: Repository,
    subject: Digest,
    options: UpstreamRequest,
  ): Promise<readonly JsonObject[]>
}

/** What passed between us and the servers of one upstream since the start: its registry, its token server, its CDN. */
export interface ExchangeCounts {
  /** By status. What redirects is counted like any other reply. */
  readonly replies: ReadonlyMap<number, number>
  /** Requests that were not answered, those given up among them. */
  readonly unanswered: number
  /** Of blobs and manifests, without heads. */
  readonly receivedBytes: number
}

/** Who we are to an upstream. `id` names the credential in proofs and logs; it never holds the secret. */
export interface UpstreamCredential {
  readonly id: string
  readonly username: string
  readonly password: string
}

export interface UpstreamRequest {
  /** Absent: anonymous. */
  readonly credential?: UpstreamCredential | undefined
  readonly signal?: AbortSignal | undefined
  /** For everything up to and including the reply's head (for manifests: the body too). Default 30 s. */
  readonly deadlineMs?: number | undefined
  /**
   * Called for every request that this one takes: for tokens, behind redirects, and once more on a new connection.
   * What several wait for takes requests of the first alone. Must not throw.
   */
  readonly onSent?: (() => void) | undefined
  /** The caller can serve what it has instead: it need not be the one who finds out whether we are in trouble. */
  readonly hasCopy?: boolean | undefined
}

/** What an upstream told of its pull limit. */
export interface RateLimit {
  /** Pulls per window. */
  readonly limit: number
  readonly remaining: number
  readonly windowSeconds: number | undefined
  /** Whom it counts: an address, or an account's id. */
  readonly source: string | undefined
}

/** The registry's own reply to a GET or HEAD of a manifest. */
export interface ManifestReplied {
  /** Absent: asked as nobody. */
  readonly credentialId: string | undefined
  readonly status: number
  /** Absent: it told none. */
  readonly rateLimit: RateLimit | undefined
  readonly retryAfterMs: number | undefined
}

/** The registry's own reply to a GET of a blob. */
export interface BlobReplied {
  /** Absent: asked as nobody. */
  readonly credentialId: string | undefined
  readonly status: number
  readonly retryAfterMs: number | undefined
}

/** Keeps account of what an upstream counts. What is answered where a redirect leads is not told. */
export interface UpstreamObserver {
  /** Must not throw. */
  manifestReplied(reply: ManifestReplied): void
  /** Must not throw. */
  blobReplied(reply: BlobReplied): void
  /** Asked before each GET of a manifest. @throws UpstreamError while none may be sent */
  admitGet(credential: UpstreamCredential | undefined): void
}

/** Decides whether a token server is asked now. Rejects as the work does, or with an UpstreamError of its own. */
export interface TokenGate {
  run<T>(work: () => Promise<T>): Promise<T>
}

export interface BlobRequest extends UpstreamRequest {
  /** First byte wanted; at least 0. */
  readonly offset?: number
  /** Exclusive; more than `offset`. Absent: the end of the blob. */
  readonly end?: number
}

export interface ResolvedManifest {
  readonly digest: Digest
  /** Absent when the upstream did not say. */
  readonly mediaType: string | undefined
  readonly sizeBytes: number | undefined
}

export interface FetchedManifest {
  readonly digest: Digest
  readonly mediaType: string
  readonly bytes: Buffer
}

export interface FetchedTags {
  readonly tags: readonly Tag[]
  /** False: there are more than we take, and these are the first that the upstream told. */
  readonly isWhole: boolean
}

export interface FetchedBlob {
  /** Ends cleanly only when the upstream's framing says so; errors with UpstreamError otherwise. */
  readonly body: UpstreamBody
  readonly offset: number
  /** Size of the whole blob, when the upstream told it. */
  readonly totalBytes: number | undefined
}

/** A body that is read once. An undici body fits; so does any Readable. */
export interface UpstreamBody extends AsyncIterable<Buffer> {
  destroy(error?: Error): unknown
}

export interface ProbedBlob {
  readonly totalBytes: number | undefined
}

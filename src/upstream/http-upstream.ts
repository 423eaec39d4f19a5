import type { Clock } from '../clock.ts'
import type { JsonObject } from '../oci/descriptor.ts'
import { algorithmOf, type Digest } from '../oci/digest.ts'
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts'
import { bareMediaType } from '../oci/media-types.ts'
import { formatImage, type Reference, type Repository } from '../oci/reference.ts'
import { AddressPolicy, impliedNetworks } from './address-policy.ts'
import { BlobBody } from './blob-body.ts'
import { type BlobHead, isEmptyContent, readBlobHead } from './blob-head.ts'
import { type Call, callError, explainCallError } from './call.ts'
import { readCallBody } from './call-body.ts'
import { Deadline } from './deadline.ts'
import { abandonBody, discardBody } from './discard-body.ts'
import { UpstreamDispatcher } from './dispatcher.ts'
import { ExchangeMeter } from './exchange-meter.ts'
import type { HttpUpstreamOptions } from './http-upstream-options.ts'
import { fetchReferrerPages, fetchTagPages, type ListSource } from './list-calls.ts'
import { manifestHeadTrouble, readManifest, saidDigest } from './manifest-reply.ts'
import { RegistryCalls } from './registry-calls.ts'
import { RegistryClient, type RegistryReply } from './registry-client.ts'
import { contentLengthOf, headerOf } from './reply-headers.ts'
import { DEFAULT_TIMING, type UpstreamTiming } from './timing.ts'
import { TokenSource } from './token-source.ts'
import type {
  BlobRequest,
  FetchedBlob,
  FetchedManifest,
  FetchedTags,
  ProbedBlob,
  ResolvedManifest,
  Upstream,
  UpstreamRequest,
} from './upstream.ts'

/** A registry that speaks the distribution specification over HTTP. */
export class HttpUpstream implements Upstream {
  readonly name: string
  /** Of all that this upstream was asked. */
  readonly meter = new ExchangeMeter()
  readonly #clock: Clock
  readonly #timing: UpstreamTiming
  readonly #dispatcher: UpstreamDispatcher
  readonly #calls: RegistryCalls

  constructor(options: HttpUpstreamOptions) {
    const { name, url, clock, userAgent, tokenHosts } = options
    this.name = name
    this.#clock = clock
    this.#timing = { ...DEFAULT_TIMING, ...options.timing }
    this.#dispatcher = new UpstreamDispatcher({
      policy: new AddressPolicy([...options.allowNetworks, ...impliedNetworks(url)]),
      ca: options.ca,
      proxy: options.proxy ?? {},
      timing: this.#timing,
      meter: this.meter,
    })
    const tokens = new TokenSource(
      { name, url, tokenHosts },
      {
        dispatcher: this.#dispatcher,
        clock,
        userAgent,
        deadlineMs: this.#timing.tokenMs,
        gate: options.tokenGate,
      },
    )
    const client = new RegistryClient(name, url, this.#dispatcher, tokens)
    this.#calls = new RegistryCalls({ client, userAgent, clock, observer: options.observer })
  }

  /** Ends every exchange: bodies that are still read fail with `interrupted`. Safe to call twice. */
  close(): Promise<void> {
    return this.#dispatcher.close()
  }

  resolve(repository: Repository, reference: Reference, options: UpstreamRequest): Promise<ResolvedManifest> {
    return this.#finish(formatImage(repository, reference), repository, options, async (call) => {
      const reply = await this.#calls.manifest(call, 'HEAD', reference)
      if (reply.status !== 200 && reply.status !== 405) throw await this.#calls.failed(call, reply)
      discardBody(reply.body)
      const said = reply.status === 200 ? saidDigest(reply.headers) : undefined
      if (said === undefined || !isComparable(said, reference)) {
        const { digest, mediaType, bytes } = await this.#getManifest(call, reference)
        return { digest, mediaType, sizeBytes: bytes.length }
      }
      if (reference.kind === 'digest' && reference.digest !== said) {
        throw callError(call, 'invalid', `answered with Docker-Content-Digest ${said}`)
      }
      const mediaType = bareMediaType(headerOf(reply.headers, 'content-type')) || undefined
      return { digest: said, mediaType, sizeBytes: contentLengthOf(reply.headers) }
    })
  }

  fetchManifest(
    repository: Repository,
    reference: Reference,
    options: UpstreamRequest,
  ): Promise<FetchedManifest> {
    return this.#finish(formatImage(repository, reference), repository, options, (call) =>
      this.#getManifest(call, reference),
    )
  }

  fetchBlob(repository: Repository, digest: Digest, options: BlobRequest): Promise<FetchedBlob> {
    const { offset: wanted = 0, end } = options
    return this.#begin(blobName(repository, digest), repository, options, async (call) => {
      const last = end === undefined ? '' : end - 1
      const range = wanted === 0 && end === undefined ? {} : { range: `bytes=${wanted}-${last}` }
      const reply = await this.#calls.blob(call, digest, range)
      const { offset, totalBytes } = await this.#blobHead(call, reply, wanted)
      call.deadline.met()
      const ends = end === undefined || reply.status === 200 ? totalBytes : Math.min(end, totalBytes ?? end)
      const expectedBytes = ends === undefined ? undefined : ends - offset
      return { body: new BlobBody(reply.body, call, expectedBytes), offset, totalBytes }
    })
  }

  probeBlob(repository: Repository, digest: Digest, options: UpstreamRequest): Promise<ProbedBlob> {
    return this.#finish(blobName(repository, digest), repository, options, async (call) => {
      const reply = await this.#calls.blob(call, digest, { range: 'bytes=0-0' })
      const isEmpty = reply.status === 416 && isEmptyContent(reply.headers)
      const { totalBytes } = isEmpty ? { totalBytes: 0 } : await this.#blobHead(call, reply, 0)
      discardBody(reply.body)
      return { totalBytes }
    })
  }

  fetchTags(repository: Repository, options: UpstreamRequest): Promise<FetchedTags> {
    return this.#finish(`the tags of ${repository}`, repository, options, (call) =>
      fetchTagPages(call, this.#lists(call)),
    )
  }

  fetchReferrers(
    repository: Repository,
    subject: Digest,
    options: UpstreamRequest,
  ): Promise<readonly JsonObject[]> {
    return this.#finish(`the referrers of ${subject} in ${repository}`, repository, options, (call) =>
      fetchReferrerPages(call, subject, this.#lists(call)),
    )
  }

  /** A call that is over when its result is there. */
  #finish<T>(
    asked: string,
    repository: Repository,
    options: UpstreamRequest,
    work: (call: Call) => Promise<T>,
  ): Promise<T> {
    return this.#begin(asked, repository, options, async (call) => {
      const result = await work(call)
      call.deadline.dispose()
      return result
    })
  }

  /** A call whose result owns the deadline. */
  async #begin<T>(
    asked: string,
    repository: Repository,
    options: UpstreamRequest,
    work: (call: Call) => Promise<T>,
  ): Promise<T> {
    const { credential, onSent, deadlineMs = this.#timing.requestMs } = options
    const deadline = new Deadline(this.#clock, deadlineMs, options.signal)
    const call: Call = {
      upstream: this.name,
      asked,
      repository,
      credential,
      deadline,
      onSent,
      meter: this.meter,
    }
    try {
      deadline.signal.throwIfAborted()
      return await work(call)
    } catch (error) {
      deadline.dispose()
      throw explainCallError(call, error)
    }
  }

  #lists(call: Call): ListSource {
    return {
      get: (path, accept, query) => this.#calls.send(call, 'GET', path, { accept }, query),
      failed: (reply) => this.#calls.failed(call, reply),
    }
  }

  async #getManifest(call: Call, reference: Reference): Promise<FetchedManifest> {
    const reply = await this.#calls.manifest(call, 'GET', reference)
    const { status, headers, body } = reply
    if (status !== 200) throw await this.#calls.failed(call, reply)
    const unfit = manifestHeadTrouble(headers)
    if (unfit !== undefined) {
      abandonBody(body)
      throw callError(call, unfit.code, `answered with ${unfit.what}`)
    }
    const bytes = await readCallBody(call, body, MAX_MANIFEST_BYTES)
    if (bytes === undefined)
      throw callError(call, 'invalid', `answered with more than ${MAX_MANIFEST_BYTES} bytes`)
    const manifest = readManifest(bytes, headers, reference)
    if ('trouble' in manifest) {
      throw callError(call, manifest.trouble.code, `answered with ${manifest.trouble.what}`)
    }
    return manifest
  }

  async #blobHead(call: Call, reply: RegistryReply, wanted: number): Promise<BlobHead> {
    const { status, headers, body } = reply
    if (status === 416) {
      discardBody(body)
      throw callError(call, 'invalid', `answered 416: it has no byte ${wanted}`)
    }
    if (status !== 200 && status !== 206) throw await this.#calls.failed(call, reply)
    const head = readBlobHead(status, headers, wanted)
    if (!('trouble' in head)) return head
    abandonBody(body)
    throw callError(call, 'invalid', `answered with ${head.trouble}`)
  }
}

function blobName(repository: Repository, digest: Digest): string {
  return `blob ${digest} of ${repository}`
}

/** Some registries tell the digest of one algorithm when asked for another: only the bytes can settle it. */
function isComparable(said: Digest, reference: Reference): boolean {
  return reference.kind === 'tag' || algorithmOf(said) === algorithmOf(reference.digest)
}

import type { Digest } from '../../../src/oci/digest.ts'
import {
  type ImageSpec,
  RegistryContent,
  type ScriptedImage,
  type StoredBlob,
  type StoredManifest,
} from './content.ts'
import { type ExchangeOptions, type Refusal, ScriptedExchange } from './exchange.ts'
import type { FaultRule } from './faults.ts'
import { type ListsOptions, referrersReply, tagsReply } from './lists.ts'
import { contentReply, errorReply, jsonReply, type Reply } from './reply.ts'
import type { LoggedRequest, RequestFilter, RequestLog } from './request-log.ts'
import { checkBasic, ScriptedTokenServer, type TokenServerOptions } from './tokens.ts'

export type UpstreamAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly users: Readonly<Record<string, string>> }
  /** `realm` and `service` replace those of the challenge; tokens still come from the server's own issuer. */
  | { readonly kind: 'bearer'; readonly realm?: string; readonly service?: string }

export interface ScriptedUpstreamOptions extends ExchangeOptions {
  readonly auth?: UpstreamAuth
  /** Settings of the token server that answers for `bearer`. */
  readonly tokens?: TokenServerOptions
}

/** A registry over real sockets whose content, access and misbehaviour a test scripts. */
export class ScriptedUpstream {
  /** May be changed while it runs. */
  auth: UpstreamAuth
  /** May be changed while it runs. */
  readonly lists: ListsOptions = { referrers: true, pageSize: 1_000 }
  readonly tokens: ScriptedTokenServer
  readonly content = new RegistryContent()
  readonly #exchange: ScriptedExchange
  readonly #objects = new Map<string, Buffer>()

  constructor(options: ScriptedUpstreamOptions = {}) {
    this.auth = options.auth ?? { kind: 'none' }
    this.tokens = new ScriptedTokenServer({ tls: options.tls, host: options.host, ...options.tokens })
    this.#exchange = new ScriptedExchange((request, range) => this.#respond(request, range), options)
  }

  /** Scheme, host and port, without a trailing slash. */
  get url(): string {
    return this.#exchange.url
  }

  /** Host and port. */
  get host(): string {
    return new URL(this.url).host
  }

  get log(): RequestLog {
    return this.#exchange.log
  }

  get requests(): readonly LoggedRequest[] {
    return this.log.requests
  }

  /** Sockets that clients hold open now. */
  get connectionCount(): number {
    return this.#exchange.connectionCount
  }

  count(filter?: RequestFilter): number {
    return this.log.count(filter)
  }

  /** Resolves once so many matching requests have arrived; rejects after five seconds. */
  waitFor(filter: RequestFilter, wanted?: number): Promise<void> {
    return this.log.waitFor(filter, wanted)
  }

  /** Adds a fault; the returned function takes it out. Requests refused by `auth` do not count as matching. */
  fault(rule: FaultRule): () => void {
    return this.#exchange.fault(rule)
  }

  clearFaults(): void {
    this.#exchange.faults.clear()
  }

  addImage(repository: string, spec?: ImageSpec): ScriptedImage {
    return this.content.addImage(repository, spec)
  }

  addBlob(repository: string, bytes: Buffer): StoredBlob {
    return this.content.addBlob(repository, bytes)
  }

  addManifest(
    repository: string,
    bytes: Buffer,
    mediaType: string,
    tags?: readonly string[],
  ): StoredManifest {
    return this.content.addManifest(repository, bytes, mediaType, tags)
  }

  moveTag(repository: string, tag: string, digest: Digest): void {
    this.content.moveTag(repository, tag, digest)
  }

  removeTag(repository: string, tag: string): void {
    this.content.removeTag(repository, tag)
  }

  /** Bytes at a path outside /v2, served without auth: what a signed URL of a CDN leads to. */
  addObject(path: string, bytes: Buffer): string {
    this.#objects.set(path, bytes)
    return `${this.url}${path}`
  }

  /** Listens again, on the same port. The token server has its own `start` and `stop`. */
  async start(): Promise<void> {
    await this.#exchange.start()
  }

  /** Refuses connections and destroys the open ones; the token server goes on. */
  async stop(): Promise<void> {
    await this.#exchange.stop()
  }

  /** Destroys the open connections and goes on listening. */
  disconnect(): void {
    this.#exchange.disconnect()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#exchange.stop(), this.tokens.stop()])
  }

  #respond(request: LoggedRequest, range: string | undefined): Reply | Refusal {
    const object = this.#objects.get(request.path)
    if (object !== undefined)
      return contentReply(object, { 'content-type': 'application/octet-stream' }, range)
    const match = /^\/v2\/(?:(.+)\/(manifests|blobs|tags|referrers)\/([^/]+))?$/.exec(request.path)
    if (match === null) return errorReply(404, 'NAME_UNKNOWN', `no such page: ${request.path}`)
    const [, repository, noun, name = ''] = match
    const challenge = this.#challenge(request.headers.authorization, repository)
    if (challenge !== undefined) return { refused: challenge }
    if (repository === undefined) return jsonReply(200, {})
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return errorReply(405, 'UNSUPPORTED', 'this registry is read only')
    }
    const { query } = request
    if (noun === 'tags') return tagsReply(this.content, repository, query, this.lists, this.url)
    if (noun === 'referrers') {
      return referrersReply(this.content, repository, name, query, this.lists, this.url)
    }
    return noun === 'blobs' ? this.#blob(repository, name, range) : this.#manifest(repository, name)
  }

  #blob(repository: string, digest: string, range: string | undefined): Reply {
    const bytes = this.content.find(repository)?.blobs.get(digest)
    if (bytes === undefined) return errorReply(404, 'BLOB_UNKNOWN', `no blob ${digest} in ${repository}`)
    const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': digest }
    return contentReply(bytes, headers, range)
  }

  #manifest(repository: string, reference: string): Reply {
    const content = this.content.find(repository)
    const digest = reference.includes(':') ? reference : content?.tags.get(reference)
    const manifest = digest === undefined ? undefined : content?.manifests.get(digest)
    if (manifest === undefined) {
      return errorReply(404, 'MANIFEST_UNKNOWN', `no manifest ${reference} in ${repository}`)
    }
    const headers = { 'content-type': manifest.mediaType, 'docker-content-digest': manifest.digest }
    return { status: 200, headers, body: manifest.bytes }
  }

  #challenge(authorization: string | undefined, repository: string | undefined): Reply | undefined {
    const { auth } = this
    if (auth.kind === 'none') return undefined
    if (auth.kind === 'basic') {
      if (authorization !== undefined && checkBasic(authorization, auth.users) !== undefined) return undefined
      return unauthorized('Basic realm="scripted registry"')
    }
    const token = /^bearer (.+)$/i.exec(authorization ?? '')?.[1]
    if (token !== undefined && this.tokens.admits(token, repository)) return undefined
    const scope = repository === undefined ? '' : `,scope="repository:${repository}:pull"`
    const { realm = this.tokens.realm, service = 'scripted-registry' } = auth
    return unauthorized(`Bearer realm="${realm}",service="${service}"${scope}`)
  }
}

function unauthorized(challenge: string): Reply {
  return errorReply(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge })
}

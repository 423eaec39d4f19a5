import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { parseChallenges } from '../oci/challenge.ts'
import type { Repository } from '../oci/reference.ts'
import { redactUrl } from '../redact.ts'
import { discardBody } from './discard-body.ts'
import type { UpstreamDispatcher } from './dispatcher.ts'
import { UpstreamError } from './errors.ts'
import { headerOf } from './reply-headers.ts'
import type { TokenSource } from './token-source.ts'
import { isConnectionLost } from './transport-error.ts'
import type { UpstreamCredential } from './upstream.ts'

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD'
  readonly repository: Repository
  /** Below the repository: `/manifests/latest`. */
  readonly path: string
  /** Without a question mark; absent or `''`: none. */
  readonly query?: string
  readonly headers: Readonly<Record<string, string>>
  readonly credential: UpstreamCredential | undefined
  readonly signal: AbortSignal
  /** As in UpstreamRequest. */
  readonly onSent?: (() => void) | undefined
}

export interface RegistryReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Dispatcher.ResponseData['body']
  /** Where the last redirect led. */
  readonly url: URL
  /** True when that is another origin than the upstream's. */
  readonly elsewhere: boolean
}

/** Docker Hub and the cloud registries use one; a chain of five is a loop or a mistake. */
const MAX_REDIRECTS = 5
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Requests to one registry: authorised, and followed wherever they lead as far as the rules allow. */
export class RegistryClient {
  readonly #name: string
  readonly #url: URL
  readonly #dispatcher: UpstreamDispatcher
  readonly #tokens: TokenSource

  constructor(name: string, url: URL, dispatcher: UpstreamDispatcher, tokens: TokenSource) {
    this.#name = name
    this.#url = url
    this.#dispatcher = dispatcher
    this.#tokens = tokens
  }

  /**
   * The reply, whatever its status; a 401 has been answered with a renewed token once. The body is the caller's.
   * @throws UpstreamError for redirects and token servers, the signal's reason, or what the dispatcher throws
   */
  async send(request: RegistryRequest): Promise<RegistryReply> {
    const { repository, credential, signal, onSent } = request
    const first = await this.#tokens.anticipate(repository, credential, signal, onSent)
    const reply = await this.#follow(request, first)
    const challenge = reply.headers['www-authenticate']
    // A challenge from anywhere else would let a redirect choose where our credentials go.
    if (reply.status !== 401 || reply.elsewhere || challenge === undefined) return reply
    let second: string | undefined
    try {
      const asked = { repository, credential, rejected: first, onSent }
      second = await this.#tokens.answer(parseChallenges(challenge), asked, signal)
    } catch (error) {
      discardBody(reply.body)
      throw error
    }
    if (second === undefined) return reply
    discardBody(reply.body)
    return this.#follow(request, second)
  }

  async #follow(request: RegistryRequest, authorization: string | undefined): Promise<RegistryReply> {
    let url = this.#urlOf(request)
    let elsewhere = false
    for (let hops = 0; ; hops++) {
      // Once away from the upstream, Authorization does not come back even if the redirects do.
      elsewhere ||= url.origin !== this.#url.origin
      const sent = elsewhere || authorization === undefined ? {} : { authorization }
      const reply = await this.#exchange(url, request, { ...request.headers, ...sent })
      const { statusCode: status, headers, body } = reply
      if (!REDIRECTS.has(status)) return { status, headers, body, url, elsewhere }
      discardBody(body)
      url = this.#target(url, headerOf(headers, 'location'), hops)
    }
  }

  /** An idle connection can die under a request; these requests may be sent twice, so one more is tried. */
  async #exchange(
    url: URL,
    { method, signal, onSent }: RegistryRequest,
    headers: Readonly<Record<string, string>>,
  ): Promise<Dispatcher.ResponseData> {
    onSent?.()
    try {
      return await this.#dispatcher.request(url, { method, headers, signal })
    } catch (error) {
      if (signal.aborted || !isConnectionLost(error)) throw error
      onSent?.()
      return this.#dispatcher.request(url, { method, headers, signal })
    }
  }

  #urlOf(request: RegistryRequest): URL {
    const url = new URL(this.#url)
    url.pathname = `${url.pathname.replace(/\/$/, '')}/v2/${request.repository}${request.path}`
    if (request.query) url.search = request.query
    return url
  }

  #target(from: URL, location: string | undefined, hops: number): URL {
    const at = redactUrl(from)
    if (location === undefined || !URL.canParse(location, from.href)) {
      throw this.#error('failed', `redirects from ${at} without saying where to`)
    }
    const to = new URL(location, from)
    if (hops === MAX_REDIRECTS) throw this.#error('refused', `redirects more than ${MAX_REDIRECTS} times`)
    if (to.protocol !== 'https:' && to.protocol !== 'http:') {
      throw this.#error('refused', `redirects from ${at} to ${redactUrl(to)}, which is not the web`)
    }
    if (to.protocol === 'http:' && this.#url.protocol === 'https:') {
      throw this.#error('refused', `redirects from ${at} to ${redactUrl(to)}, which is plain http`)
    }
    if (to.username !== '' || to.password !== '') {
      throw this.#error('refused', `redirects from ${at} to ${redactUrl(to)} with a user name in the URL`)
    }
    return to
  }

  #error(code: UpstreamError['code'], what: string): UpstreamError {
    return new UpstreamError(code, `${this.#name} ${what}`, { upstream: this.#name })
  }
}

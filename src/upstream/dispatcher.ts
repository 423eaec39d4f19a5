import { isIP } from 'node:net'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { chooseProxy, type EnvironmentProxy } from '../proxy-choice.ts'
import { untilAborted } from '../until-aborted.ts'
import type { AddressPolicy } from './address-policy.ts'
import { AddressRefusedError, buildGuardedConnector } from './connector.ts'
import type { ExchangeMeter } from './exchange-meter.ts'
import type { UpstreamTiming } from './timing.ts'

export interface UpstreamDispatcherOptions {
  readonly policy: AddressPolicy
  /** PEM certificates to trust beside the usual ones. */
  readonly ca: string | undefined
  readonly proxy: EnvironmentProxy
  readonly timing: UpstreamTiming
  readonly meter: ExchangeMeter
}

export interface OutgoingRequest {
  readonly method: 'GET' | 'HEAD'
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** What a body may hold in memory before the socket is paused. */
const BODY_BUFFER_BYTES = 256 * 1024

/** The connections of one upstream, to whatever origins it leads. Never follows a redirect. */
export class UpstreamDispatcher {
  readonly #policy: AddressPolicy
  readonly #proxy: EnvironmentProxy
  readonly #timing: UpstreamTiming
  readonly #meter: ExchangeMeter
  readonly #direct: Agent
  readonly #proxied = new Map<string, ProxyAgent>()

  constructor(options: UpstreamDispatcherOptions) {
    const { policy, ca, proxy, timing } = options
    this.#policy = policy
    this.#proxy = proxy
    this.#timing = timing
    this.#meter = options.meter
    const secureContext = ca === undefined ? undefined : trusting(ca)
    const pool = { connections: timing.maxConnections, keepAliveTimeout: timing.keepAliveMs }
    this.#direct = new Agent({
      ...pool,
      connect: buildGuardedConnector({ policy, secureContext, connectMs: timing.connectMs }),
    })
    for (const uri of new Set([proxy.http, proxy.https])) {
      if (uri === undefined) continue
      const tls = { timeout: timing.connectMs, ...(secureContext === undefined ? {} : { secureContext }) }
      // Proxies seldom let CONNECT through to port 80: plain http is asked of them the plain way.
      this.#proxied.set(
        uri,
        new ProxyAgent({ ...pool, uri, requestTls: tls, proxyTls: tls, proxyTunnel: false }),
      )
    }
  }

  /** @throws AddressRefusedError, the signal's reason, or what undici and node:net throw */
  async request(url: URL, request: OutgoingRequest): Promise<Dispatcher.ResponseData> {
    const reply = this.#agentFor(url).request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: { ...request.headers, 'accept-encoding': 'identity' },
      signal: request.signal,
      headersTimeout: this.#timing.headMs,
      bodyTimeout: this.#timing.bodyIdleMs,
      highWaterMark: BODY_BUFFER_BYTES,
    })
    // undici heeds a signal only once it has a connection; nobody should wait for one after the deadline.
    try {
      const told = await untilAborted(reply, request.signal)
      this.#meter.replied(told.statusCode)
      return told
    } catch (error) {
      this.#meter.unanswered += 1
      throw error
    }
  }

  /** Ends every exchange and closes every connection. Safe to call twice. */
  async close(): Promise<void> {
    await Promise.all([this.#direct, ...this.#proxied.values()].map((agent) => agent.destroy()))
  }

  #agentFor(url: URL): Dispatcher {
    const uri = chooseProxy(url, this.#proxy)
    const agent = uri === undefined ? undefined : this.#proxied.get(uri)
    if (agent === undefined) return this.#direct
    // The proxy's own address is the administrator's choice. Names are the proxy's to resolve; a literal
    // address is ours to judge.
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !this.#policy.allows(host)) throw new AddressRefusedError(host, [])
    return agent
  }
}

/** Made once: reading some 150 certificates for every connection would take longer than the connection. */
function trusting(ca: string): SecureContext {
  return createSecureContext({ ca: [...rootCertificates, ca] })
}

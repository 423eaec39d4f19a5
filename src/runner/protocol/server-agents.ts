import type { SecureContext } from 'node:tls'
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici'
import { chooseProxy, type EnvironmentProxy } from '../../proxy-choice.ts'

const CONNECT_DEADLINE_MS = 10_000
/** A server that takes its time over an archive has this long before its answer begins. */
const LONGEST_SILENCE_MS = 10 * 60_000
/** Between two pieces of an answer. */
const BODY_SILENCE_MS = 60_000

export interface ServerAgentsOptions {
  /** What the server is trusted by, and who we are to it; absent: as the machine has it. */
  readonly secureContext: SecureContext | undefined
  readonly proxy: EnvironmentProxy
  /** Of the body of an answer. Absent: files may have any size. */
  readonly maxReplyBytes?: number
}

/** Connections with a server and with where it redirects to, through the proxies that the environment names. */
export class ServerAgents {
  readonly #proxy: EnvironmentProxy
  readonly #direct: Agent
  readonly #proxied = new Map<string, ProxyAgent>()

  constructor({ secureContext, proxy, maxReplyBytes }: ServerAgentsOptions) {
    const bounds = {
      headersTimeout: LONGEST_SILENCE_MS,
      bodyTimeout: BODY_SILENCE_MS,
      ...(maxReplyBytes !== undefined && { maxResponseSize: maxReplyBytes }),
    }
    const timeout = CONNECT_DEADLINE_MS
    const requestTls = { timeout, ...(secureContext && { secureContext }) }
    this.#proxy = proxy
    this.#direct = new Agent({ ...bounds, connect: requestTls })
    for (const uri of new Set([proxy.http, proxy.https])) {
      if (uri === undefined) continue
      const agent = new ProxyAgent({
        uri,
        requestTls,
        // The server's certificates, and ours for it, are none of the proxy's.
        proxyTls: { timeout },
        // Proxies seldom let CONNECT through to port 80: plain http is asked of them the plain way.
        proxyTunnel: false,
        // Of the bounds, undici hands none down to the connections that it makes for plain http.
        factory: (origin, options) => new Pool(origin, { ...bounds, ...options }),
      })
      this.#proxied.set(uri, agent)
    }
  }

  for(url: URL): Dispatcher {
    const uri = chooseProxy(url, this.#proxy)
    return (uri === undefined ? undefined : this.#proxied.get(uri)) ?? this.#direct
  }

  /** Ends every exchange. */
  async close(): Promise<void> {
    await Promise.all([this.#direct, ...this.#proxied.values()].map((agent) => agent.destroy()))
  }
}

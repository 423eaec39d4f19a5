import { Agent, type Dispatcher, request } from 'undici'
import { ProxyUnavailable } from '../dependency-proxy.ts'

/** A proxy close by answers at once; one far away has this long. */
const REPLY_DEADLINE_MS = 20_000
/** Lists of what one job pulled. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024

/** Where the proxy's API is, and as whom it is asked. */
export type ProxyEndpoint =
  | { readonly kind: 'http'; readonly url: URL; readonly token: string }
  /** A server on this machine. Whoever may open its socket may everything. */
  | { readonly kind: 'socket'; readonly path: string }

/** The proxy's answer to something it does not do. */
export class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal'
  readonly code = 'PROXY_REFUSED'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** JSON over HTTP with one proxy. */
export class ProxyApi {
  readonly #endpoint: ProxyEndpoint
  readonly #agent: Agent

  constructor(endpoint: ProxyEndpoint) {
    this.#endpoint = endpoint
    const connect = {
      timeout: REPLY_DEADLINE_MS,
      ...(endpoint.kind === 'socket' && { socketPath: endpoint.path }),
    }
    this.#agent = new Agent({
      connect,
      headersTimeout: REPLY_DEADLINE_MS,
      bodyTimeout: REPLY_DEADLINE_MS,
      maxResponseSize: MAX_REPLY_BYTES,
    })
  }

  /**
   * @returns the parsed body; undefined when there is none
   * @throws ProxyRefusal, ProxyUnavailable
   */
  async ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    let reply: Dispatcher.ResponseData
    let text: string
    try {
      reply = await request(new URL(path, this.#base), {
        dispatcher: this.#agent,
        method,
        headers: {
          ...this.#credentials,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      text = await reply.body.text()
    } catch (error) {
      throw new ProxyUnavailable(`the proxy at ${this.#shown} does not answer`, { cause: error })
    }
    const told = parseJson(text)
    if (reply.statusCode >= 200 && reply.statusCode < 300) return told
    throw new ProxyRefusal(reply.statusCode, messageIn(told) ?? `it answered ${reply.statusCode}`)
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  get #base(): URL {
    return this.#endpoint.kind === 'http' ? this.#endpoint.url : new URL('http://control.sock')
  }

  get #shown(): string {
    return this.#endpoint.kind === 'http' ? this.#endpoint.url.origin : this.#endpoint.path
  }

  get #credentials(): Record<string, string> {
    return this.#endpoint.kind === 'http' ? { authorization: `Bearer ${this.#endpoint.token}` } : {}
  }
}

/** Something else than the proxy may stand there and answer with a page. */
function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function messageIn(told: unknown): string | undefined {
  const error = typeof told === 'object' && told !== null && 'error' in told ? told.error : undefined
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined
  return typeof message === 'string' ? message : undefined
}

import { type IncomingHttpHeaders, request } from 'node:http'

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** After this the client has had enough. Default 10 s. */
  readonly patienceMs?: number
}

/** What a client has seen of one request. */
export interface Reply {
  /** 0 when there was no head. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly end: 'whole' | 'cut' | 'hung'
  readonly tookMs: number
}

const PATIENCE_MS = 10_000

/** One request on a connection of its own, its path sent as it is. Never rejects: every end is a reply. */
export function ask(url: string, asking: Asking = {}): Promise<Reply> {
  const { method = 'GET', headers = {}, patienceMs = PATIENCE_MS } = asking
  const [, origin = '', path = '/'] = /^(https?:\/\/[^/]+)(\/.*)?$/.exec(url) ?? []
  const { hostname, port } = new URL(origin)
  const startedAt = performance.now()
  return new Promise((resolve) => {
    let status = 0
    let replyHeaders: IncomingHttpHeaders = {}
    const chunks: Buffer[] = []
    const settle = (end: Reply['end']) => {
      clearTimeout(timer)
      const tookMs = performance.now() - startedAt
      resolve({ status, headers: replyHeaders, body: Buffer.concat(chunks), end, tookMs })
      sent.destroy()
    }
    const sent = request({ hostname, port, path, method, headers, agent: false }, (reply) => {
      status = reply.statusCode ?? 0
      replyHeaders = reply.headers
      reply.on('data', (chunk: Buffer) => chunks.push(chunk))
      reply.once('end', () => settle('whole'))
      reply.once('error', () => settle('cut'))
    })
    const timer = setTimeout(() => settle('hung'), patienceMs)
    sent.once('error', () => settle('cut'))
    sent.end()
  })
}

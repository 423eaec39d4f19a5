import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

/** Stands before a registry: passes everything on and counts it, or answers 429 to everything. */
export class LimitedRegistry implements AsyncDisposable {
  isLimited = false
  requests = 0
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** @param host an address of this machine */
  static async start(origin: string, host = '127.0.0.1'): Promise<LimitedRegistry> {
    const server = createServer()
    const registry = new LimitedRegistry(server)
    server.on('request', (asked, reply) => {
      registry.requests += 1
      if (registry.isLimited) {
        reply.writeHead(429, { 'retry-after': '60' }).end()
        return
      }
      const passed = request(new URL(asked.url ?? '/', origin), {
        method: asked.method,
        headers: asked.headers,
      })
      passed.once('response', (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers)
        pipeline(answer, reply, () => {})
      })
      passed.once('error', () => reply.destroy())
      passed.end()
    })
    server.listen(0, host)
    await once(server, 'listening')
    return registry
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo
    return `http://${address}:${port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

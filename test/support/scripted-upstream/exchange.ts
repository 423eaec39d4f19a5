import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { applyFault, FaultBook, type FaultRule } from './faults.ts'
import { type Reply, sendReply } from './reply.ts'
import { type LoggedRequest, RequestLog } from './request-log.ts'

/** Answers a request, whose range may have been taken away by a fault. */
export type Responder = (request: LoggedRequest, range: string | undefined, body: Buffer) => Reply | Refusal

/** A reply that faults do not touch: a challenge is answered before anything scripted happens. */
export interface Refusal {
  readonly refused: Reply
}

export interface ExchangeOptions {
  /** PEM; absent: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined
  /** Default 127.0.0.1. */
  readonly host?: string | undefined
}

const MAX_REQUEST_BODY_BYTES = 1024 * 1024

/** A real HTTP server on a free loopback port with a request log and faults. It can stop and start again. */
export class ScriptedExchange {
  readonly log = new RequestLog()
  readonly faults = new FaultBook()
  readonly #respond: Responder
  readonly #options: ExchangeOptions
  readonly #sockets = new Set<Socket>()
  #server: ReturnType<typeof createServer> | undefined
  #port = 0

  constructor(respond: Responder, options: ExchangeOptions = {}) {
    this.#respond = respond
    this.#options = options
  }

  get port(): number {
    return this.#port
  }

  /** Without a trailing slash. */
  get url(): string {
    const host = this.#options.host ?? '127.0.0.1'
    return `${this.#options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${this.#port}`
  }

  /** Sockets that clients hold open now. */
  get connectionCount(): number {
    return this.#sockets.size
  }

  fault(rule: FaultRule): () => void {
    return this.faults.add(rule)
  }

  /** Listens; after a stop, on the same port as before. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return
    const listener: RequestListener = (request, response) => void this.#handle(request, response)
    const { tls, host = '127.0.0.1' } = this.#options
    const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.once('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, host, () => resolve())
    })
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Refuses connections from now on and destroys the open ones. Safe to call twice. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    this.disconnect()
    await closed
  }

  /** Destroys the open connections and goes on listening. */
  disconnect(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = this.log.add(request)
    const body = await readBody(request)
    const preview = this.#respond(entry, entry.range, body)
    if ('refused' in preview) return sendReply(preview.refused, response, entry)
    const faults = this.faults.take(entry)
    for (const fault of faults) {
      if (fault.kind === 'hold' && fault.afterBytes === undefined) await fault.until
      if (fault.kind === 'silence') return
      if (fault.kind === 'drop') return void response.socket?.resetAndDestroy()
    }
    const ranged = !faults.some((fault) => fault.kind === 'ignore-range')
    const answer =
      faults.length === 0 ? preview : this.#respond(entry, ranged ? entry.range : undefined, body)
    let reply = 'refused' in answer ? answer.refused : answer
    for (const fault of faults) reply = applyFault(fault, reply, entry)
    await sendReply(reply, response, entry)
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length
      if (sizeBytes <= MAX_REQUEST_BODY_BYTES) chunks.push(chunk)
    }
  } catch {
    // The client went away while it was sending; there is no one left to answer.
  }
  return Buffer.concat(chunks)
}

import { type ClientRequest, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

/** How long a test waits for bytes that it expects. */
const WAIT_MS = 8_000

/** A client on a connection of its own that shows what it has received so far, and can dawdle or leave. */
export class BlobClient {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly #request: ClientRequest
  readonly #reply: IncomingMessage
  readonly #chunks: Buffer[] = []
  readonly #ended: Promise<void>
  #receivedBytes = 0
  #onChunk: () => void = () => {}

  constructor(request: ClientRequest, reply: IncomingMessage) {
    this.status = reply.statusCode ?? 0
    this.headers = reply.headers
    this.#request = request
    this.#reply = reply
    this.#ended = new Promise((resolve, reject) => {
      reply.once('end', resolve)
      reply.once('error', reject)
    })
    this.#ended.catch(() => {})
    reply.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#receivedBytes += chunk.length
      this.#onChunk()
    })
  }

  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /** Resolves when at least so much has arrived. */
  received(bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited for ${bytes} bytes, got ${this.#receivedBytes}`)),
        WAIT_MS,
      )
      this.#onChunk = () => {
        if (this.#receivedBytes < bytes) return
        clearTimeout(timer)
        this.#onChunk = () => {}
        resolve()
      }
      this.#onChunk()
    })
  }

  /** Resolves with everything at the clean end of the reply; rejects when it was cut off. */
  async whole(): Promise<Buffer> {
    await this.#ended
    return Buffer.concat(this.#chunks)
  }

  pause(): void {
    this.#reply.pause()
  }

  resume(): void {
    this.#reply.resume()
  }

  leave(): void {
    this.#request.destroy()
  }
}

/** Resolves when the head of the reply is there. */
export function openBlob(url: string, headers: Record<string, string> = {}): Promise<BlobClient> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (reply) => resolve(new BlobClient(request, reply)))
    request.once('error', reject)
  })
}

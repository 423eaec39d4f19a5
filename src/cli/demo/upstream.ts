import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../clock.ts'
import { type Digest, isDigest } from '../../oci/digest.ts'
import { DEMO_TAG, type DemoContent, type DemoImage } from './image.ts'

/** A registry in this process, with one image, on loopback. */
export class DemoUpstream implements AsyncDisposable {
  readonly image: DemoImage
  readonly #server: Server
  #requests = 0

  private constructor(image: DemoImage, server: Server) {
    this.image = image
    this.#server = server
  }

  static async start(image: DemoImage, answerAfterMs: number, clock: Clock): Promise<DemoUpstream> {
    const server = createServer((request, response) => {
      upstream.#requests += 1
      void clock.sleep(answerAfterMs).then(() => answer(image, request, response))
    })
    const upstream = new DemoUpstream(image, server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return upstream
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How often it was asked for anything. */
  get requests(): number {
    return this.#requests
  }

  /** Nobody listens there any more. Safe to call twice. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

function answer(image: DemoImage, request: IncomingMessage, response: ServerResponse): void {
  const found = find(image, request.url ?? '')
  if (found === undefined) {
    response.writeHead(404, { 'content-type': 'application/json' })
    response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"there is one image here"}]}')
    return
  }
  const { digest, bytes, mediaType } = found
  response.writeHead(200, {
    'content-type': mediaType,
    'content-length': bytes.byteLength,
    'docker-content-digest': digest,
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

function find(image: DemoImage, url: string): (DemoContent & { readonly digest: Digest }) | undefined {
  const [, reference = ''] = /^\/v2\/[a-z/]+\/(?:manifests|blobs)\/([^/?]+)/.exec(url) ?? []
  const digest = reference === DEMO_TAG ? image.index : reference
  const content = isDigest(digest) ? image.content.get(digest) : undefined
  return content === undefined || !isDigest(digest) ? undefined : { ...content, digest }
}

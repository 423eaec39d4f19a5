import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'

const MEDIA_TYPE = 'application/vnd.git-lfs+json'
const LONGEST_POINTER_BYTES = 1024

interface BatchRequest {
  readonly operation: string
  readonly transfers?: readonly string[]
  readonly objects: readonly { readonly oid: string; readonly size: number }[]
}

/** Large files beside a git repository, by the batch API of git-lfs and its basic transfer; nothing can be uploaded. */
export class LfsEndpoint {
  readonly #objects = new Map<string, Buffer>()
  /** The objects that were sent. */
  readonly sent: string[] = []

  /** @returns what stands for the content in a commit */
  add(content: string): string {
    const bytes = Buffer.from(content)
    const oid = createHash('sha256').update(bytes).digest('hex')
    this.#objects.set(oid, bytes)
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${bytes.length}\n`
    if (pointer.length > LONGEST_POINTER_BYTES) throw new Error('git-lfs would not take it for a pointer')
    return pointer
  }

  /**
   * @param url of the request, with its origin
   * @returns whether it was a request for it
   */
  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    const [, root, rest] = /^(.*\/info\/lfs\/objects)\/(\w+)$/.exec(url.pathname) ?? []
    if (root === undefined || rest === undefined) return false
    if (request.method === 'POST' && rest === 'batch') await this.#batch(request, response, url.origin + root)
    else if (request.method === 'GET') this.#send(rest, response)
    else refuse(response, 405)
    return true
  }

  async #batch(request: IncomingMessage, response: ServerResponse, objectsUrl: string): Promise<void> {
    const { accept, 'content-type': type = '' } = request.headers
    if (!accept?.startsWith(MEDIA_TYPE)) return refuse(response, 406)
    if (!type.startsWith(MEDIA_TYPE)) return refuse(response, 415)
    const { operation, transfers = ['basic'], objects } = (await json(request)) as BatchRequest
    if (operation !== 'download') return refuse(response, 403)
    if (!transfers.includes('basic')) return refuse(response, 422)
    const found = objects.map(({ oid, size }) => {
      const bytes = this.#objects.get(oid)
      if (bytes === undefined) return { oid, size, error: { code: 404, message: 'Object does not exist' } }
      if (bytes.length !== size) return { oid, size, error: { code: 422, message: 'Another size' } }
      // As GitLab: the client's own login is good for the object, too.
      const header = { Authorization: request.headers.authorization }
      return {
        oid,
        size,
        authenticated: true,
        actions: { download: { href: `${objectsUrl}/${oid}`, header } },
      }
    })
    response.writeHead(200, { 'content-type': MEDIA_TYPE })
    response.end(JSON.stringify({ transfer: 'basic', objects: found }))
  }

  #send(oid: string, response: ServerResponse): void {
    const bytes = this.#objects.get(oid)
    if (bytes === undefined) {
      refuse(response, 404)
      return
    }
    this.sent.push(oid)
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length })
    response.end(bytes)
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': MEDIA_TYPE }).end(JSON.stringify({ message: `${status}` }))
}

import type { PullTarget } from '../../cache/access.ts'
import type { PullThrough } from '../../cache/pull-through.ts'
import type { OciRequest } from '../../oci/request.ts'
import { noneMatch } from './conditional.ts'
import type { Exchange } from './exchange.ts'
import { contentHeaders, etagOf } from './headers.ts'

/** Up to this size a body goes out as a string in one write with its head, which is faster than two. */
const ONE_WRITE_BYTES = 64 * 1024

/** GET and HEAD of a manifest (end-3). */
export async function serveManifest(
  cache: PullThrough,
  exchange: Exchange,
  asked: OciRequest & { kind: 'manifest' },
  target: PullTarget,
): Promise<void> {
  const { request, response } = exchange
  const { accept } = request.headers
  if (asked.method === 'HEAD') {
    const head = await cache.headManifest(target, asked.reference, accept)
    exchange.answered = head
    const headers = contentHeaders({ ...head, answered: head, ns: asked.target.ns })
    headers.push('Content-Length', String(head.sizeBytes), 'Vary', 'Accept')
    response.writeHead(200, headers).end()
    return
  }
  const found = await cache.getManifest(target, asked.reference, accept)
  exchange.answered = found
  const headers = contentHeaders({ ...found, answered: found, ns: asked.target.ns })
  if (noneMatch(request.headers['if-none-match'], etagOf(found.digest))) {
    response.writeHead(304, headers).end()
    return
  }
  headers.push('Content-Length', String(found.bytes.length), 'Vary', 'Accept')
  response.writeHead(200, headers)
  exchange.sentBytes = found.bytes.length
  // latin1 maps bytes to characters and back one to one: what leaves is what was stored.
  if (found.bytes.length <= ONE_WRITE_BYTES) response.end(found.bytes.toString('latin1'), 'latin1')
  else response.end(found.bytes)
}

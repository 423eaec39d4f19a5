import type { PullTarget } from '../../cache/access.ts'
import type { ManifestHead, ManifestReply } from '../../cache/manifest-flow.ts'
import type { PullThrough } from '../../cache/pull-through.ts'
import type { OciRequest } from '../../oci/request.ts'
import { noneMatch } from './conditional.ts'
import type { Exchange } from './exchange.ts'
import { contentHeaders, etagOf, type HeaderList } from './headers.ts'

type ManifestRequest = OciRequest & { kind: 'manifest' }

/** GET and HEAD of a manifest (end-3). */
export async function serveManifest(
  cache: PullThrough,
  exchange: Exchange,
  asked: ManifestRequest,
  target: PullTarget,
): Promise<void> {
  const { accept } = exchange.request.headers
  if (asked.method === 'HEAD') {
    sendHead(exchange, asked, await cache.headManifest(target, asked.reference, accept))
  } else {
    sendManifest(exchange, asked, await cache.getManifest(target, asked.reference, accept))
  }
}

/** Answers what memory alone can tell, at once. */
export function serveManifestFromMemory(
  cache: PullThrough,
  exchange: Exchange,
  asked: ManifestRequest,
  target: PullTarget,
): boolean {
  const found = cache.peekManifest(target, asked.reference, exchange.request.headers.accept)
  if (found === undefined) return false
  if (asked.method === 'HEAD') sendHead(exchange, asked, found)
  else sendManifest(exchange, asked, found)
  return true
}

function sendHead(exchange: Exchange, asked: ManifestRequest, head: ManifestHead): void {
  exchange.answered = head
  exchange.content = head
  exchange.response.writeHead(200, headersOf(asked, head)).end()
}

function sendManifest(exchange: Exchange, asked: ManifestRequest, found: ManifestReply): void {
  const { request, response } = exchange
  exchange.answered = found
  exchange.content = found
  const headers = headersOf(asked, found)
  if (noneMatch(request.headers['if-none-match'], etagOf(found.digest))) {
    response.writeHead(304, headers).end()
    return
  }
  response.writeHead(200, headers)
  exchange.sentBytes = found.bytes.length
  response.end(found.bytes)
}

function headersOf(asked: ManifestRequest, head: ManifestHead): HeaderList {
  const { digest, mediaType, sizeBytes } = head
  const headers = contentHeaders({ digest, mediaType, answered: head, ns: asked.target.ns })
  headers.push('Content-Length', String(sizeBytes), 'Vary', 'Accept')
  return headers
}

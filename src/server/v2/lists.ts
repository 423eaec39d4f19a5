import type { PullTarget } from '../../cache/access.ts'
import type { Answered } from '../../cache/outcome.ts'
import type { PullThrough } from '../../cache/pull-through.ts'
import { formatNextLink } from '../../oci/link.ts'
import { OCI_INDEX } from '../../oci/media-types.ts'
import type { OciRequest } from '../../oci/request.ts'
import type { Exchange } from './exchange.ts'
import { answerHeaders, type HeaderList } from './headers.ts'

type TagsRequest = OciRequest & { kind: 'tags' }
type ReferrersRequest = OciRequest & { kind: 'referrers' }

/** GET and HEAD of a list of tags (end-8). */
export async function serveTags(
  cache: PullThrough,
  exchange: Exchange,
  asked: TagsRequest,
  target: PullTarget,
): Promise<void> {
  const found = await cache.listTags(target, asked.range)
  const headers = headersOf(asked, found, 'application/json')
  if (found.next !== undefined) {
    const { n, last } = found.next
    const ns = asked.target.ns === undefined ? '' : `&ns=${encodeURIComponent(asked.target.ns)}`
    headers.push('Link', formatNextLink(`${pathOf(exchange)}?n=${n}&last=${last}${ns}`))
  }
  const head = Buffer.from(`{"name":${JSON.stringify(asked.name)},"tags":`)
  send(exchange, asked, found, headers, [head, found.tagsJson, Buffer.from('}')])
}

/** GET and HEAD of what refers to a manifest (end-12). */
export async function serveReferrers(
  cache: PullThrough,
  exchange: Exchange,
  asked: ReferrersRequest,
  target: PullTarget,
): Promise<void> {
  const found = await cache.listReferrers(target, asked.digest, asked.artifactType)
  const headers = headersOf(asked, found, OCI_INDEX)
  if (asked.artifactType !== undefined) headers.push('OCI-Filters-Applied', 'artifactType')
  send(exchange, asked, found, headers, [found.bytes])
}

function headersOf(asked: TagsRequest | ReferrersRequest, answered: Answered, mediaType: string): HeaderList {
  return ['Content-Type', mediaType, ...answerHeaders(answered, asked.target.ns)]
}

/** The path as the client wrote it: the door it came by is the one it goes on through. */
function pathOf({ request }: Exchange): string {
  return (request.url ?? '').replace(/\?.*$/s, '')
}

/** In pieces: the long one is shared by everybody who asks, and never copied. */
function send(
  exchange: Exchange,
  asked: TagsRequest | ReferrersRequest,
  answered: Answered,
  headers: HeaderList,
  pieces: readonly Buffer[],
): void {
  const { response } = exchange
  const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  exchange.answered = answered
  response.writeHead(200, [...headers, 'Content-Length', String(sizeBytes)])
  if (asked.method === 'GET') {
    for (const piece of pieces) response.write(piece)
    exchange.sentBytes = sizeBytes
  }
  response.end()
}

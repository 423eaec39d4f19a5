import type { PullTarget } from '../../cache/access.ts'
import type { BlobHead, BlobReply } from '../../cache/blob-flow.ts'
import type { PullThrough } from '../../cache/pull-through.ts'
import { OciError } from '../../oci/errors.ts'
import { contentRange, parseRange, unsatisfiedContentRange } from '../../oci/range.ts'
import type { OciRequest } from '../../oci/request.ts'
import type { BufferPool } from '../../streams/buffer-pool.ts'
import type { RangeReader } from '../../streams/range-reader.ts'
import { CLIENT_STALL_MS, sendRange } from '../../streams/send.ts'
import { noneMatch, rangeApplies } from './conditional.ts'
import { replyError } from './error-reply.ts'
import type { Exchange } from './exchange.ts'
import { contentHeaders, etagOf, type HeaderList } from './headers.ts'

/** Well below what clients wait for the head of a reply. */
const HEAD_DELAY_MS = 2_000

const BLOB_MEDIA_TYPE = 'application/octet-stream'

type BlobRequest = OciRequest & { kind: 'blob' }

/** GET and HEAD of a blob (end-2). */
export async function serveBlob(
  cache: PullThrough,
  pool: BufferPool,
  exchange: Exchange,
  asked: BlobRequest,
  target: PullTarget,
): Promise<void> {
  if (asked.method === 'HEAD') {
    const head = await cache.headBlob(target, asked.digest)
    exchange.answered = head
    const headers = blobHeaders(head, asked)
    if (head.sizeBytes !== undefined) headers.push('Content-Length', String(head.sizeBytes))
    exchange.response.writeHead(200, headers).end()
    return
  }
  await using blob = await cache.getBlob(target, asked.digest)
  exchange.answered = blob
  await sendBlob(pool, exchange, asked, blob)
}

async function sendBlob(
  pool: BufferPool,
  exchange: Exchange,
  asked: BlobRequest,
  blob: BlobReply,
): Promise<void> {
  const { request, response } = exchange
  const { sizeBytes } = blob
  const etag = etagOf(blob.digest)
  const headers = blobHeaders(blob, asked)
  if (noneMatch(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers).end()
    return
  }
  const wanted = rangeApplies(header(request.headers['if-range']), etag) ? request.headers.range : undefined
  const range = parseRange(wanted, sizeBytes)
  if (range.kind === 'unsatisfiable' && sizeBytes !== undefined) {
    const error = new OciError(
      'RANGE_INVALID',
      `${asked.digest} has ${sizeBytes} bytes: the range ${wanted} is outside of it`,
    )
    replyError(response, error, false, ['Content-Range', unsatisfiedContentRange(sizeBytes)])
    return
  }
  if (range.kind === 'part' && sizeBytes !== undefined) {
    headers.push('Content-Length', String(range.end - range.start + 1))
    headers.push('Content-Range', contentRange(range, sizeBytes))
    const end = range.openEnded ? undefined : range.end + 1
    await send(pool, exchange, { status: 206, headers }, blob.read(range.start, end))
    return
  }
  if (sizeBytes !== undefined) headers.push('Content-Length', String(sizeBytes))
  await send(pool, exchange, { status: 200, headers }, blob.read(0))
}

async function send(
  pool: BufferPool,
  exchange: Exchange,
  head: { readonly status: number; readonly headers: HeaderList },
  taken: RangeReader,
): Promise<void> {
  await using reader = taken
  await headIsDue(reader)
  exchange.response.writeHead(head.status, head.headers)
  // Told as it goes: a client that leaves was sent something too.
  await sendRange(reader, exchange.response, pool, CLIENT_STALL_MS, (bytes) => {
    exchange.sentBytes += bytes
  })
  exchange.response.end()
}

/**
 * Waits for the first bytes: a blob that turns out to be wrong before one was shown is an error in words, not a
 * connection cut off. Not for long, since clients have deadlines for the head of a reply.
 */
async function headIsDue(reader: RangeReader): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, HEAD_DELAY_MS)
  })
  try {
    await Promise.race([reader.ready(), late])
  } finally {
    clearTimeout(timer)
  }
}

function blobHeaders(blob: BlobHead, asked: BlobRequest): HeaderList {
  const headers = contentHeaders({
    digest: blob.digest,
    mediaType: BLOB_MEDIA_TYPE,
    answered: blob,
    ns: asked.target.ns,
  })
  headers.push('Accept-Ranges', 'bytes')
  return headers
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

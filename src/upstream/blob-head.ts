import type { IncomingHttpHeaders } from 'node:http'
import { parseContentRange } from '../oci/range.ts'
import { contentLengthOf, headerOf, isEncoded } from './reply-headers.ts'

/** What the head of a good reply to a blob request promises. */
export interface BlobHead {
  /** Where the body starts: as asked, or 0 from an upstream without ranges. */
  readonly offset: number
  readonly totalBytes: number | undefined
}

/** `trouble` completes the sentence "the upstream answered with …". */
export type BlobHeadResult = BlobHead | { readonly trouble: string }

/** Judges the head of a 200 or 206 to `Range: bytes=<wantedOffset>-` (no Range when it is 0). */
export function readBlobHead(
  status: 200 | 206,
  headers: IncomingHttpHeaders,
  wantedOffset: number,
): BlobHeadResult {
  if (isEncoded(headers)) {
    return { trouble: `content-encoding ${headerOf(headers, 'content-encoding')}, which was not asked for` }
  }
  const lengthBytes = contentLengthOf(headers)
  if (status === 200) return { offset: 0, totalBytes: lengthBytes }
  const range = parseContentRange(headerOf(headers, 'content-range'))
  if (range === undefined) return { trouble: '206 without a Content-Range that can be read' }
  if (range.start !== wantedOffset) {
    return { trouble: `a range from byte ${range.start} instead of ${wantedOffset}` }
  }
  if (lengthBytes !== undefined && lengthBytes !== range.end - range.start + 1) {
    return { trouble: 'a Content-Length that contradicts its Content-Range' }
  }
  return { offset: wantedOffset, totalBytes: range.sizeBytes }
}

/** The size in the 416 that an empty blob gets for its first byte (RFC 9110, section 14.4). */
export function isEmptyContent(headers: IncomingHttpHeaders): boolean {
  return /^bytes \*\/0$/i.test(headerOf(headers, 'content-range')?.trim() ?? '')
}

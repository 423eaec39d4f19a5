/** What a Range header asks of one representation. */
export type RequestedRange =
  | { readonly kind: 'whole' }
  | RangePart
  /** Answer 416 with `unsatisfiedContentRange`. */
  | { readonly kind: 'unsatisfiable' }

export interface RangePart {
  readonly kind: 'part'
  readonly start: number
  /** Inclusive, as on the wire. */
  readonly end: number
  /** No last position was named: the client may have enough at any byte. */
  readonly openEnded: boolean
}

/** What a reply's Content-Range says. */
export interface ContentRange {
  readonly start: number
  /** Inclusive, as on the wire. */
  readonly end: number
  /** Of the whole representation; undefined when the sender did not know it (`*`). */
  readonly sizeBytes: number | undefined
}

const WHOLE: RequestedRange = { kind: 'whole' }
const UNSATISFIABLE: RequestedRange = { kind: 'unsatisfiable' }

const BYTE_RANGE = /^bytes=[ \t]*([0-9]*)-([0-9]*)$/i
const CONTENT_RANGE = /^bytes ([0-9]+)-([0-9]+)\/([0-9]+|\*)$/i

/**
 * Range of RFC 9110, section 14, for a representation of `sizeBytes`. What a server may ignore is ignored, and
 * the whole is sent: another unit, a malformed value, several ranges, a size that is not known yet.
 *
 * By section 14.1.2 a range is satisfiable when its first position is below the length, so `bytes=0-` of empty
 * content is not. A suffix of it is, but no Content-Range can say so: the (empty) whole is sent.
 */
export function parseRange(header: string | undefined, sizeBytes: number | undefined): RequestedRange {
  if (header === undefined || sizeBytes === undefined) return WHOLE
  const match = BYTE_RANGE.exec(header.trim())
  if (match === null) return WHOLE
  const [, first = '', last = ''] = match
  // Number() of many digits is Infinity at worst, and only compared: nothing overflows.
  if (first === '') return last === '' ? WHOLE : suffix(Number(last), sizeBytes)

  const start = Number(first)
  const end = last === '' ? Number.POSITIVE_INFINITY : Number(last)
  if (end < start) return WHOLE
  if (start >= sizeBytes) return UNSATISFIABLE
  return { kind: 'part', start, end: Math.min(end, sizeBytes - 1), openEnded: last === '' }
}

function suffix(lengthBytes: number, sizeBytes: number): RequestedRange {
  if (lengthBytes === 0) return UNSATISFIABLE
  if (sizeBytes === 0) return WHOLE
  const start = Math.max(0, sizeBytes - lengthBytes)
  return { kind: 'part', start, end: sizeBytes - 1, openEnded: false }
}

/** Content-Range of a 206. */
export function contentRange(
  part: { readonly start: number; readonly end: number },
  sizeBytes: number,
): string {
  return `bytes ${part.start}-${part.end}/${sizeBytes}`
}

/** Content-Range of a 416. */
export function unsatisfiedContentRange(sizeBytes: number): string {
  return `bytes */${sizeBytes}`
}

/** Undefined for what is absent, malformed, contradicts itself, or belongs to a 416. */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  const match = CONTENT_RANGE.exec(header?.trim() ?? '')
  if (match === null) return undefined
  const [, first, last, size] = match
  const start = Number(first)
  const end = Number(last)
  const sizeBytes = size === '*' ? undefined : Number(size)
  if (!Number.isSafeInteger(end) || start > end) return undefined
  if (sizeBytes !== undefined && (!Number.isSafeInteger(sizeBytes) || end >= sizeBytes)) return undefined
  return { start, end, sizeBytes }
}

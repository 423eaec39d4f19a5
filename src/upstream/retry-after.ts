import type { IncomingHttpHeaders } from 'node:http'
import { headerOf } from './reply-headers.ts'

/** The Retry-After of a reply, as `parseRetryAfter`. */
export function readRetryAfter(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  return parseRetryAfter(headerOf(headers, 'retry-after'), nowMs)
}

/** Retry-After of RFC 9110, section 10.2.3: seconds or a date. Milliseconds from `nowMs`, at least 0. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1_000
  // Date.parse takes bare numbers and half dates too; an HTTP date begins with the name of a day.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}

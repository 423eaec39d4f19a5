import type { IncomingHttpHeaders } from 'node:http'

/** undici gives a list for a header that came several times; the first counts. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value[0] : value
}

/** Undefined when absent or not a plain number of bytes. */
export function contentLengthOf(headers: IncomingHttpHeaders): number | undefined {
  const text = headerOf(headers, 'content-length')?.trim() ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** We ask for no encoding: bytes in one would match neither digest nor length. */
export function isEncoded(headers: IncomingHttpHeaders): boolean {
  const encoding = headerOf(headers, 'content-encoding')?.trim().toLowerCase() ?? ''
  return encoding !== '' && encoding !== 'identity'
}

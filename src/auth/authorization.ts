/** What an Authorization header holds (RFC 9110, section 11.6.2). */
export type Authorization =
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'basic'; readonly username: string; readonly password: string }

/** Longer than any credential of ours, and than what a client sends us of others'. */
const MAX_LENGTH = 8_192
const HEADER = /^(basic|bearer) +([A-Za-z0-9\-._~+/]+=*)$/i

/** Undefined for what is neither Basic nor Bearer as they are written. */
export function readAuthorization(header: string): Authorization | undefined {
  if (header.length > MAX_LENGTH) return undefined
  const [, scheme = '', value = ''] = HEADER.exec(header) ?? []
  if (scheme === '') return undefined
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: value }
  const text = Buffer.from(value, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon === -1) return undefined
  return { scheme: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) }
}

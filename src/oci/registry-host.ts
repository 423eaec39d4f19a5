import { isIPv6 } from 'node:net'
import { OciError } from './errors.ts'

/** A name in DNS (RFC 1035); the port is at most five digits. */
const MAX_HOST_LENGTH = 253 + ':65535'.length
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'
const NAMED_HOST = new RegExp(`^(${LABEL}(?:\\.${LABEL})*)(?::([0-9]{1,5}))?$`)
const BRACKETED_HOST = /^\[([0-9a-f:.]+)\](?::([0-9]{1,5}))?$/

/**
 * A registry as references name it, `host` or `host:port`, made lower case. Whether anything answers for it is
 * for routing to say.
 * @throws OciError NAME_INVALID
 */
export function parseRegistryHost(text: string): string {
  if (text.length <= MAX_HOST_LENGTH) {
    const host = text.toLowerCase()
    const named = NAMED_HOST.exec(host)
    if (named !== null && isPort(named[2])) return host
    const bracketed = BRACKETED_HOST.exec(host)
    if (bracketed !== null && isIPv6(bracketed[1] ?? '') && isPort(bracketed[2])) return host
  }
  throw new OciError(
    'NAME_INVALID',
    `"${text.slice(0, 300)}" is not a registry: expected host or host:port, such as ghcr.io or registry.example:5000`,
  )
}

/** In a path the first component of an image is its registry when it has a dot or is localhost. */
export function looksLikeRegistry(component: string): boolean {
  return component === 'localhost' || component.includes('.')
}

function isPort(digits: string | undefined): boolean {
  if (digits === undefined) return true
  const port = Number(digits)
  return port >= 1 && port <= 65_535
}

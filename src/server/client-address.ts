import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** What a request says of where it came from. A header counts only when a proxy that we trust has sent it. */
export interface Origin {
  /** Address of the client. */
  readonly address: string
  readonly isSecure: boolean
  /** Host as the client wrote it: `registry.example:5000`. */
  readonly host: string | undefined
}

/** A host that can stand in a URL, with a port or without. Whatever else is in the header is nobody's name. */
const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/

/**
 * Reads where a request came from. Of several addresses the last counts that is no trusted proxy's: what stands
 * before it is what the client claims.
 * @param isTrusted whether an address is a proxy's whose X-Forwarded-* are believed (`trustedProxies`)
 */
export function originOf(request: IncomingMessage, isTrusted: (address: string) => boolean): Origin {
  const { socket, headers } = request
  const peer = socket.remoteAddress ?? ''
  const isEncrypted = 'encrypted' in socket && socket.encrypted === true
  if (!isTrusted(peer)) return { address: peer, isSecure: isEncrypted, host: validHost(headers.host) }
  const proto = lastOf(headers['x-forwarded-proto'])
  return {
    address: forwardedAddress(headers['x-forwarded-for'], isTrusted) ?? peer,
    isSecure: proto === undefined ? isEncrypted : proto === 'https',
    host: validHost(lastOf(headers['x-forwarded-host'])) ?? validHost(headers.host),
  }
}

function forwardedAddress(
  header: string | string[] | undefined,
  isTrusted: (address: string) => boolean,
): string | undefined {
  const hops = listOf(header).reverse()
  for (const hop of hops) {
    // What is no address was written by somebody who is not trusted to write one.
    if (isIP(hop) === 0) return undefined
    if (!isTrusted(hop)) return hop
  }
  return hops.at(-1)
}

function listOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return listOf(header).at(-1)
}

function validHost(host: string | undefined): string | undefined {
  return host !== undefined && HOST.test(host) ? host : undefined
}

import { isIPv4 } from 'node:net'

const MAPPED_PREFIX = '::ffff:'
const PORT = /^(?::[0-9]{0,5})?$/

/** An IPv4 peer of a dual-stack socket is told as `::ffff:192.0.2.1` (RFC 4291, section 2.5.5.2). */
export function unmappedAddress(address: string): string {
  if (!address.startsWith(MAPPED_PREFIX)) return address
  const mapped = address.slice(MAPPED_PREFIX.length)
  return isIPv4(mapped) ? mapped : address
}

/** Is this the address of a peer on this very host: 127.0.0.0/8, ::1, or the first one mapped into IPv6? */
export function isLoopbackAddress(address: string): boolean {
  const plain = unmappedAddress(address)
  return plain === '::1' || (plain.startsWith('127.') && isIPv4(plain))
}

/**
 * Does a Host header (`host[:port]`) name this very host? Only spellings that every resolver takes for loopback
 * count: `127.1` or `2130706433` do not, nor does a name that merely begins like one. Names below localhost do
 * (RFC 6761, section 6.3).
 */
export function isLoopbackHost(host: string): boolean {
  const [name, port] = splitPort(host)
  if (!PORT.test(port)) return false
  if (name.startsWith('[')) return name.endsWith(']') && isLoopbackAddress(name.slice(1, -1).toLowerCase())
  if (isIPv4(name)) return isLoopbackAddress(name)
  const lower = name.toLowerCase()
  const domain = lower.endsWith('.') ? lower.slice(0, -1) : lower
  return domain === 'localhost' || SUBDOMAIN_OF_LOCALHOST.test(domain)
}

const SUBDOMAIN_OF_LOCALHOST = /^(?:[a-z0-9_-]+\.)+localhost$/

function splitPort(host: string): [name: string, port: string] {
  const at = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':')
  return at < 1 ? [host, ''] : [host.slice(0, at), host.slice(at)]
}

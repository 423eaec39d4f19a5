import ipaddr from 'ipaddr.js'

/** An address or a CIDR network to CIDR form (`::1` becomes `::1/128`); undefined for what is neither. */
export function parseNetwork(text: string): string | undefined {
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = addressBits(address)
  if (bits === undefined || rest.length > 0) return undefined
  if (prefix === undefined) return `${address}/${bits}`
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits ? `${address}/${Number(prefix)}` : undefined
}

/**
 * The networks that an upstream's url opens by itself: whoever writes a loopback url means it. Empty for every
 * other url.
 */
export function loopbackNetworks(url: URL): string[] {
  if (url.hostname === 'localhost') return ['127.0.0.1/32', '::1/128']
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const bits = addressBits(host)
  return bits !== undefined && ipaddr.parse(host).range() === 'loopback' ? [`${host}/${bits}`] : []
}

// ipaddr.js also takes octal, hexadecimal and shortened IPv4, and zones: none of them belongs in settings.
function addressBits(address: string): 32 | 128 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return 32
  return ipaddr.IPv6.isValid(address) && !address.includes('%') ? 128 : undefined
}

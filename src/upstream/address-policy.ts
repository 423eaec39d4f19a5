import { BlockList, isIP } from 'node:net'

/** IPv4 that is not the public internet (IANA special-purpose registry), and multicast. */
const REFUSED_IPV4 = [
  '0.0.0.0/8', // this network; 0.0.0.0 reaches loopback
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT; cloud metadata lives here too
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local; cloud metadata
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays, withdrawn
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
]

/** Holes in 2000::/3, the only IPv6 that is given out to the public internet. */
const REFUSED_IPV6 = [
  '2001::/23', // protocol assignments, Teredo among them: it carries any IPv4 address
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: carries any IPv4 address
  '3fff::/20', // documentation
]

const PUBLIC_IPV6 = '2000::/3'
/** IPv4 addresses in IPv6 clothes: mapped, and what NAT64 makes of them (RFC 6052). */
const EMBEDDED_PREFIXES = ['::ffff:', '64:ff9b::']
const EMBEDDED_PREFIX_BITS = 96

/** Which addresses an upstream may lead to: public ones, and those of its allowed networks. */
export class AddressPolicy {
  readonly #allowed = new BlockList()
  readonly #refused = new BlockList()
  readonly #public = new BlockList()

  /**
   * @param allowNetworks CIDR networks or single addresses, checked where settings are read
   */
  constructor(allowNetworks: readonly string[]) {
    for (const network of allowNetworks) addNetwork(this.#allowed, network)
    for (const network of [...REFUSED_IPV4, ...REFUSED_IPV6]) addNetwork(this.#refused, network)
    for (const network of [PUBLIC_IPV6, '0.0.0.0/0']) addNetwork(this.#public, network)
  }

  /** False for everything that is no IP address, too. */
  allows(address: string): boolean {
    const zone = address.indexOf('%')
    const bare = zone === -1 ? address : address.slice(0, zone)
    const version = isIP(bare)
    if (version === 0) return false
    const family = version === 4 ? 'ipv4' : 'ipv6'
    if (this.#allowed.check(bare, family)) return true
    return this.#public.check(bare, family) && !this.#refused.check(bare, family)
  }
}

/** The networks that a registry's own address implies: its address when it is loopback, else none. */
export function impliedNetworks(url: URL): string[] {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1/32', '::1/128']
  if (host === '::1') return ['::1/128']
  return isIP(host) === 4 && host.startsWith('127.') ? [`${host}/32`] : []
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', bits] = network.split('/')
  if (isIP(address) !== 4) {
    list.addSubnet(address, Number(bits ?? 128), 'ipv6')
    return
  }
  list.addSubnet(address, Number(bits ?? 32), 'ipv4')
  for (const prefix of EMBEDDED_PREFIXES) {
    list.addSubnet(`${prefix}${address}`, EMBEDDED_PREFIX_BITS + Number(bits ?? 32), 'ipv6')
  }
}

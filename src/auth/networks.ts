import { BlockList, isIP } from 'node:net'
import { unmappedAddress } from './loopback.ts'

/** A network that cannot be meant as written. Configuration refuses it, with its path, at the start. */
export class NetworkSyntaxError extends Error {
  override readonly name = 'NetworkSyntaxError'
  readonly code = 'NETWORK_INVALID'
  readonly network: string

  constructor(network: string) {
    super(
      `"${network}" is not a network: expected an address or CIDR, such as 10.0.0.0/8, 192.0.2.7 or fd00::/8`,
    )
    this.network = network
  }
}

/** Peers come back: their verdicts are kept, for so many addresses at once. */
const MAX_REMEMBERED_ADDRESSES = 1024

/**
 * Compiles addresses and CIDR networks, v4 and v6, into a test of a peer's address. An IPv4 address mapped into
 * IPv6 is its IPv4 address. What is no address (a Unix socket's peer) is in no network.
 * @throws NetworkSyntaxError
 */
export function compileNetworks(networks: readonly string[]): (address: string) => boolean {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const network of networks) addNetwork(lists, network)
  const remembered = new Map<string, boolean>()

  return (address) => {
    const known = remembered.get(address)
    if (known !== undefined) return known
    const isIn = contains(lists, address)
    if (remembered.size >= MAX_REMEMBERED_ADDRESSES) remembered.clear()
    remembered.set(address, isIn)
    return isIn
  }
}

/** One list would find IPv4 addresses in `::/0` too, which nobody means who writes it. */
interface FamilyLists {
  readonly ipv4: BlockList
  readonly ipv6: BlockList
}

function contains(lists: FamilyLists, address: string): boolean {
  // A link-local peer is told with its interface: fe80::1%eth0.
  const plain = unmappedAddress(address.split('%', 1)[0] ?? '')
  const version = isIP(plain)
  if (version === 0) return false
  return version === 4 ? lists.ipv4.check(plain, 'ipv4') : lists.ipv6.check(plain, 'ipv6')
}

const PREFIX_LENGTH = /^(?:0|[1-9][0-9]{0,2})$/

function addNetwork(lists: FamilyLists, network: string): void {
  const slash = network.indexOf('/')
  const written = (slash === -1 ? network : network.slice(0, slash)).toLowerCase()
  const address = unmappedAddress(written)
  const version = isIP(address)
  if (version === 0 || address.includes('%')) throw new NetworkSyntaxError(network)
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (slash === -1) {
    lists[family].addAddress(address, family)
    return
  }
  const digits = network.slice(slash + 1)
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const prefix = PREFIX_LENGTH.test(digits) ? Number(digits) - (address === written ? 0 : 96) : -1
  if (prefix < 0 || prefix > (version === 4 ? 32 : 128)) throw new NetworkSyntaxError(network)
  lists[family].addSubnet(address, prefix, family)
}

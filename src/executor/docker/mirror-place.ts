import type { NetworkInspectInfo } from 'dockerode'
import type { MirrorPlace } from '../dependency-proxy.ts'
import { firstAddress, parseSubnet } from './subnets.ts'

/** Where containers of a network find the machine of their engine, and where they come from; IPv4. */
export function mirrorPlace({ IPAM }: Pick<NetworkInspectInfo, 'IPAM'>): MirrorPlace | undefined {
  for (const { Subnet, Gateway } of IPAM?.Config ?? []) {
    const subnet = Subnet === undefined ? undefined : parseSubnet(Subnet)
    if (Subnet === undefined || subnet === undefined) continue
    // Engines do not tell the gateway of a subnet that they were given: it is the first address.
    return { host: Gateway || firstAddress(subnet), networks: [Subnet] }
  }
  return undefined
}

import { formatListenAddress } from '../config/listen-address.ts'
import type { Settings } from '../config/settings.ts'
import { version } from '../version.ts'
import type { AboutReply } from './schemas/about.ts'

/**
 * What those who connect clients need to know of a server.
 * @param addresses where it listens; absent: where it would
 */
export function aboutServer(settings: Settings, addresses?: readonly string[]): AboutReply {
  const scheme = settings.tls === undefined ? 'http' : 'https'
  const configured = settings.listen.map((address) => `${scheme}://${formatListenAddress(address)}`)
  return {
    version,
    node: process.versions.node,
    pid: process.pid,
    addresses: [...(addresses ?? configured)],
    externalUrl: settings.externalUrl?.href ?? null,
    groups: [...settings.groups.keys()],
    upstreams: [...settings.upstreams.values()]
      .filter(({ allow }) => allow.length > 0)
      .map(({ name, alias }) => ({ name, alias: alias ?? null })),
  }
}

import { formatListenAddress } from '../config/listen-address.ts'
import type { Settings } from '../config/settings.ts'
import { version } from '../version.ts'
import type { AboutReply } from './schemas/about.ts'

/**
 * What those who connect clients need to know of a server.
 * @param known what only an open storage or a running server knows: where it listens, else where it would; its
 * groups, else those of the settings
 */
export function aboutServer(
  settings: Settings,
  known: { readonly addresses?: readonly string[]; readonly groups?: readonly string[] } = {},
): AboutReply {
  const scheme = settings.tls === undefined ? 'http' : 'https'
  const configured = settings.listen.map((address) => `${scheme}://${formatListenAddress(address)}`)
  return {
    version,
    node: process.versions.node,
    pid: process.pid,
    addresses: [...(known.addresses ?? configured)],
    externalUrl: settings.externalUrl?.href ?? null,
    groups: [...(known.groups ?? settings.groups.keys())],
    upstreams: frontedRegistries(settings),
  }
}

/** From which something may be pulled. */
export function frontedRegistries({ upstreams }: Settings): { name: string; alias: string | null }[] {
  return [...upstreams.values()]
    .filter(({ allow }) => allow.length > 0)
    .map(({ name, alias }) => ({ name, alias: alias ?? null }))
}

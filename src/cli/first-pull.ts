import { DEFAULT_GROUP } from '../config/defaults.ts'

/**
 * Two lines that show a newcomer where to point Docker.
 * @param addresses URLs that the server listens on
 */
export function firstPullHints(addresses: readonly string[], externalUrl: URL | undefined): string[] {
  const url = externalUrl ?? reachable(addresses[0])
  if (url === undefined) return []
  const prefix = `${url.host}/${DEFAULT_GROUP}/dependency_proxy/containers`
  return [
    `try it:      docker pull ${prefix}/library/alpine:3`,
    `as a mirror: {"registry-mirrors": ["${url.origin}"]} in /etc/docker/daemon.json`,
  ]
}

/** Every address is no address to pull from: this machine's own is. */
function reachable(address: string | undefined): URL | undefined {
  if (address === undefined) return undefined
  const url = new URL(address)
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1'
  return url
}

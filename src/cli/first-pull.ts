import { DEFAULT_GROUP } from '../config/defaults.ts'
import { reachableUrl } from './server-url.ts'

/**
 * Two lines that show a newcomer where to point Docker.
 * @param addresses URLs that the server listens on
 */
export function firstPullHints(addresses: readonly string[], externalUrl: URL | undefined): string[] {
  const url = externalUrl ?? addresses.map(reachableUrl)[0]
  if (url === undefined) return []
  const prefix = `${url.host}/${DEFAULT_GROUP}/dependency_proxy/containers`
  return [
    `try it:      docker pull ${prefix}/library/alpine:3`,
    `as a mirror: {"registry-mirrors": ["${url.origin}"]} in /etc/docker/daemon.json`,
  ]
}

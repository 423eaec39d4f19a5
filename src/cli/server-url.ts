import type { AboutReply } from '../server/schemas/about.ts'

/** Every address is no address to connect to: this machine's own is. */
export function reachableUrl(address: string): URL {
  const url = new URL(address)
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1'
  return url
}

/** Where clients reach a server, as far as it knows. */
export function clientUrl({ externalUrl, addresses }: AboutReply): URL | undefined {
  const address = externalUrl ?? addresses[0]
  return address === undefined ? undefined : reachableUrl(address)
}

import { BlockList, isIP } from 'node:net'

/** Proxies towards other servers, as HTTP_PROXY, HTTPS_PROXY and NO_PROXY name them. */
export interface EnvironmentProxy {
  /** For http URLs. */
  readonly http?: string
  /** For https URLs. */
  readonly https?: string
  readonly noProxy?: string
}

/**
 * The proxy for a URL, or undefined for a direct connection. NO_PROXY is a list of hosts (their subdomains
 * too), `host:port`, addresses, CIDR networks, or `*`. Loopback is always direct: it means another machine
 * to a proxy.
 */
export function chooseProxy(url: URL, proxy: EnvironmentProxy): string | undefined {
  const chosen = url.protocol === 'https:' ? proxy.https : proxy.http
  if (chosen === undefined) return undefined
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isLoopback(host)) return undefined
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const entries = (proxy.noProxy ?? '').toLowerCase().split(/[\s,]+/)
  return entries.some((entry) => exempts(entry, host, port)) ? undefined : chosen
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

function exempts(entry: string, host: string, port: string): boolean {
  if (entry === '') return false
  if (entry === '*') return true
  if (entry.includes('/')) return holds(entry, host)
  const withPort = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry)
  if (withPort !== null && withPort[2] !== port) return false
  const name = (withPort?.[1] ?? entry).replace(/^\[|\]$/g, '').replace(/^\*?\./, '')
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`))
}

function holds(network: string, host: string): boolean {
  const [address = '', bits = ''] = network.split('/')
  const version = isIP(address)
  if (version === 0 || isIP(host) !== version || !/^\d{1,3}$/.test(bits)) return false
  if (Number(bits) > (version === 4 ? 32 : 128)) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(address, Number(bits), family)
  return list.check(host, family)
}

import { formatListenAddress } from './listen-address.ts'
import type { GroupSettings, ProxySettings, Settings, UpstreamSettings } from './settings.ts'

/** The settings as plain JSON for the log: no password, and no URL that may hold one. */
export function describeSettings(settings: Settings): Readonly<Record<string, unknown>> {
  const {
    listen,
    externalUrl,
    tls,
    trustedProxies,
    storage,
    groups,
    upstreams,
    tagRules,
    jobs,
    metrics,
    log,
    proxy,
  } = settings
  return {
    listen: listen.map(formatListenAddress),
    externalUrl: externalUrl?.href,
    tls,
    trustedProxies,
    storage,
    groups: Object.fromEntries([...groups].map(([path, group]) => [path, describeGroup(group)])),
    upstreams: Object.fromEntries(
      [...upstreams].map(([name, upstream]) => [name, describeUpstream(upstream)]),
    ),
    tagRules,
    jobs: { listen: jobs.listen && formatListenAddress(jobs.listen) },
    metrics: { listen: metrics.listen && formatListenAddress(metrics.listen) },
    log,
    proxy: describeProxy(proxy),
  }
}

function describeGroup({ upstreams, ...rest }: GroupSettings): Readonly<Record<string, unknown>> {
  const logins = [...upstreams].map(([name, { username }]) => [name, { username }])
  return logins.length === 0 ? rest : { ...rest, upstreams: Object.fromEntries(logins) }
}

function describeUpstream(upstream: UpstreamSettings): Readonly<Record<string, unknown>> {
  const { name: _, url, credential, ca, ...rest } = upstream
  return { url: url.href, username: credential?.username, ownCa: ca !== undefined, ...rest }
}

function describeProxy({ http, https, noProxy }: ProxySettings): Readonly<Record<string, unknown>> {
  return { http: hostOf(http), https: hostOf(https), noProxy }
}

function hostOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).host
}

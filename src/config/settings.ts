/**
 * What the server is told, after everything was read, checked and merged. Deeply frozen: nothing changes it
 * while the server runs. Durations are milliseconds, paths are absolute, names are lower case.
 */
export interface Settings {
  /** At least one. */
  readonly listen: readonly ListenAddress[]
  /** Where clients reach the server. Absent: scheme and Host of each request. */
  readonly externalUrl: URL | undefined
  /** Absent: plain HTTP. */
  readonly tls: TlsSettings | undefined
  /** CIDR networks of proxies whose X-Forwarded-For, -Proto and -Host are believed. */
  readonly trustedProxies: readonly string[]
  readonly storage: StorageSettings
  /** By lower-cased group path (`acme/web`). `default` is always there. */
  readonly groups: ReadonlyMap<string, GroupSettings>
  /** By registry host name. The built-in upstreams are always there. */
  readonly upstreams: ReadonlyMap<string, UpstreamSettings>
  /** In the order of the file: the first that matches decides. */
  readonly tagRules: readonly TagRule[]
  readonly jobs: JobsSettings
  readonly metrics: MetricsSettings
  readonly log: { readonly level: LogLevel; readonly format: LogFormat }
  readonly proxy: ProxySettings
}

export interface JobsSettings {
  /**
   * An address that asks everybody for credentials, whatever the groups let in anonymously: an engine shows those of
   * a job only where it is asked. Absent: none is kept for jobs, save those that runners of this machine have opened.
   */
  readonly listen: ListenAddress | undefined
}

export interface MetricsSettings {
  /** An address that has /metrics alone, for whoever reaches it. Absent: /metrics is beside the registry only. */
  readonly listen: ListenAddress | undefined
}

/** Files in PEM. They were good when the settings were read, and may be renewed while the server runs. */
export interface TlsSettings {
  readonly certFile: string
  readonly keyFile: string
}

export interface StorageSettings {
  readonly path: string
  /** What content may take. Absent: decided at the first start, and kept. */
  readonly maxBytes: number | undefined
  /** What the filesystem must have left. Absent: 1 GiB, or 5 % of a small one. */
  readonly minFreeBytes: number | undefined
  /** Images that nobody pulled for this long are collected. Absent: none. */
  readonly maxAgeMs: number | undefined
  /** Shares of the budget: above the high one eviction begins, at the low one it ends. */
  readonly highMark: number
  readonly lowMark: number
  /** How much of what is kept is hashed again per second, in the background. 0: nothing. */
  readonly scrubBytesPerSecond: number
}

export interface ListenAddress {
  /** A host name or an IP address; IPv6 without brackets. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

/** What is absent is inherited from the group above. */
export interface GroupSettings {
  /** CIDR networks that may pull anonymously. Absent everywhere: loopback only. Empty: nobody. */
  readonly anonymousNetworks: readonly string[] | undefined
  /** Globs on `<registry>/<repository>`. Absent everywhere: whatever the upstreams allow. */
  readonly repositories: readonly string[] | undefined
  /** Logins of its own, by upstream. */
  readonly upstreams: ReadonlyMap<string, { readonly username: string; readonly password: string }>
}

export interface UpstreamSettings {
  /** The registry's host name as images name it: `docker.io`, `registry.example:5000`. */
  readonly name: string
  readonly url: URL
  readonly credential: { readonly username: string; readonly password: string } | undefined
  /** How long a tag is served without asking again. 0: every time. */
  readonly tagTtlMs: number
  /** How long a tag may be served stale while the upstream is in trouble. */
  readonly maxStaleMs: number
  /** Blobs downloaded at once, at least 1. */
  readonly maxDownloads: number
  /** The part of the upstream's pull limit, 0 to 1, that is kept for images that are not here. */
  readonly reserve: number
  /** For all downloads of this upstream together. Absent: no limit. */
  readonly bytesPerSecond: number | undefined
  /** Globs of repositories. Empty: none, which turns the upstream off. */
  readonly allow: readonly string[]
  /** Token servers beside the upstream's own host and the built-in pairs; `host` or `host:port`. */
  readonly tokenHosts: readonly string[]
  /** CIDR networks of private addresses that this upstream may lead to. */
  readonly allowNetworks: readonly string[]
  /** PEM certificates of authorities to trust beside the well-known ones. */
  readonly ca: string | undefined
  /** A second name for image paths, of one component. */
  readonly alias: string | undefined
  /** Groups that are served what was fetched with this upstream's credential. */
  readonly privateFor: readonly string[]
}

export interface TagRule {
  /** Name of an upstream. */
  readonly upstream: string
  /** Glob of repositories. */
  readonly repository: string
  /** Glob of tags. */
  readonly tag: string
  readonly ttlMs: number
}

/** Proxies towards upstreams, from HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
export interface ProxySettings {
  readonly http?: string
  readonly https?: string
  readonly noProxy?: string
}

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const LOG_FORMATS = ['pretty', 'json'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

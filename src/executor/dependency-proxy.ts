import type { JobVariable } from './job/job.ts'

/**
 * What the executor needs of the proxy, and all that it knows of it. Reached over HTTP like by every other client:
 * the executor works with any proxy that offers this, and with none.
 */
export interface DependencyProxy {
  /**
   * Gets a credential for one job. Revoke it when the job is over; it also ends by itself.
   * @throws ProxyUnavailable
   */
  mint(order: MintOrder): Promise<JobAccess>
}

export interface MintOrder {
  readonly jobId: string
  /** Absent: the proxy's default group. */
  readonly group: string | undefined
  readonly ttlMs: number
  /**
   * The job's own logins, by registry, for images that need them. They stay in the proxy's memory for the life of
   * the credential.
   */
  readonly upstreamAuth: ReadonlyMap<string, { readonly username: string; readonly password: string }>
}

/** One job's access to the proxy. */
export interface JobAccess {
  /** CI_DEPENDENCY_PROXY_USER, _PASSWORD, _SERVER, _GROUP_IMAGE_PREFIX, _DIRECT_GROUP_IMAGE_PREFIX. */
  readonly variables: readonly JobVariable[]
  /** Whether containers reach it by HTTPS. */
  readonly isSecure: boolean
  /**
   * How the engine pulls an image through the proxy. Undefined when the proxy does not front its registry: then it is
   * pulled where it says.
   * @param image as written, expanded: `postgres:12.2`, `ghcr.io/acme/app@sha256:…`, or one under a prefix of
   * the proxy itself
   */
  route(image: string): ProxiedImage | undefined
  /**
   * A mirror for engines in the job's containers: it asks nobody for credentials and answers as the job, until this
   * access is revoked.
   * @returns `HOST:PORT`, plain HTTP; undefined when the proxy is not on the machine of the engine
   * @throws ProxyUnavailable
   */
  openMirror(place: MirrorPlace): Promise<string | undefined>
  /** What this credential has pulled until now. */
  pulls(): Promise<readonly PullRecord[]>
  /** Safe to call twice. Never throws: a credential that cannot be revoked ends by itself. */
  revoke(): Promise<void>
}

/** Where a mirror is wanted. Nobody but the job may be in those networks. */
export interface MirrorPlace {
  /** An address of the engine's machine that the job's containers reach. */
  readonly host: string
  /** CIDR. */
  readonly networks: readonly string[]
}

export interface ProxiedImage {
  /** What the engine is told to pull: `127.0.0.1:5000/acme/dependency_proxy/containers/postgres:12.2`. */
  readonly reference: string
  /** Canonical name of what it is: `docker.io/library/postgres:12.2`. */
  readonly canonical: string
  readonly login: { readonly username: string; readonly password: string }
}

export interface PullRecord {
  /** Canonical: `docker.io/library/postgres:12.2`. */
  readonly reference: string
  readonly digest: string
  readonly outcome: 'hit' | 'miss' | 'revalidated' | 'updated' | 'stale' | 'skip'
  /** What the client was sent. */
  readonly bytes: number
  readonly upstreamRequests: number
}

/** The proxy cannot be reached, or refused. The message names the setting to look at. */
export class ProxyUnavailable extends Error {
  override readonly name = 'ProxyUnavailable'
  readonly code = 'PROXY_UNAVAILABLE'
}

import type { Clock } from '../clock.ts'
import type { EnvironmentProxy } from '../proxy-choice.ts'
import type { UpstreamTiming } from './timing.ts'
import type { TokenGate, UpstreamObserver } from './upstream.ts'

export interface HttpUpstreamOptions {
  /** Canonical registry name: `docker.io`. */
  readonly name: string
  /** `https://registry-1.docker.io`. A loopback address implies itself in `allowNetworks`. */
  readonly url: URL
  /** Token servers beside the upstream's own host and the built-in pairs: `host` or `host:port`. */
  readonly tokenHosts: readonly string[]
  /** CIDR; the private addresses that this upstream may lead to. */
  readonly allowNetworks: readonly string[]
  /** PEM certificates to trust beside the usual ones. */
  readonly ca?: string | undefined
  readonly proxy?: EnvironmentProxy | undefined
  readonly clock: Clock
  /** `entrepot/1.2.3`. */
  readonly userAgent: string
  readonly timing?: Partial<UpstreamTiming> | undefined
  readonly observer?: UpstreamObserver | undefined
  /** Absent: the token server is asked whenever a token is needed. */
  readonly tokenGate?: TokenGate | undefined
}

import type { Log } from '../../log.ts'
import {
  type DependencyProxy,
  type JobAccess,
  type MintOrder,
  type MirrorPlace,
  type ProxiedImage,
  ProxyUnavailable,
  type PullRecord,
} from '../dependency-proxy.ts'
import type { JobVariable } from '../job/job.ts'
import type { ProxyAddresses } from './proxy-addresses.ts'
import { type ProxyApi, ProxyRefusal } from './proxy-api.ts'
import { type MintReply, mintReply, mirrorReply, pullsReply } from './replies.ts'
import { type RoutingTable, routeImage } from './route-image.ts'

const DEFAULT_GROUP = 'default'
const CREDENTIALS = '/api/v1/job-credentials'

export interface HttpDependencyProxyParts {
  readonly api: Pick<ProxyApi, 'ask'>
  readonly addresses: ProxyAddresses
  /** Whether the proxy is on the machine of the engine, and its control.sock is asked: it can then listen there. */
  readonly hasMirrors: boolean
  /** The name of our 127.0.0.1, where the engine shall be asked for its login there. See loopbackId. */
  readonly loopback?: string | undefined
  readonly log: Log
}

/** A proxy that is asked over its HTTP API. */
export class HttpDependencyProxy implements DependencyProxy {
  readonly #parts: HttpDependencyProxyParts

  constructor(parts: HttpDependencyProxyParts) {
    this.#parts = parts
  }

  async mint({ jobId, group = DEFAULT_GROUP, ttlMs, upstreamAuth }: MintOrder): Promise<JobAccess> {
    const order = {
      group,
      jobId,
      ttl: `${Math.ceil(ttlMs / 1000)}s`,
      ...(this.#parts.loopback !== undefined && { loopback: this.#parts.loopback }),
      ...(upstreamAuth.size > 0 && { upstreamAuth: Object.fromEntries(upstreamAuth) }),
    }
    try {
      const told = await this.#parts.api.ask('POST', CREDENTIALS, order)
      return new HttpJobAccess(mintReply.parse(told), this.#parts)
    } catch (error) {
      throw explain(error, group)
    }
  }
}

class HttpJobAccess implements JobAccess {
  readonly variables: readonly JobVariable[]
  readonly isSecure: boolean
  readonly #parts: HttpDependencyProxyParts
  readonly #path: string
  readonly #table: RoutingTable
  readonly #login: ProxiedImage['login']
  #isRevoked = false

  constructor({ id, variables, registries, engineAddress }: MintReply, parts: HttpDependencyProxyParts) {
    const { job } = parts.addresses
    const engine = engineAddress ?? parts.addresses.engine
    const told = variables.CI_DEPENDENCY_PROXY_SERVER
    const group = groupIn(variables)
    const username = variables.CI_DEPENDENCY_PROXY_USER
    const password = variables.CI_DEPENDENCY_PROXY_PASSWORD
    this.#parts = parts
    this.isSecure = parts.addresses.isJobSecure
    this.#path = `${CREDENTIALS}/${encodeURIComponent(id)}`
    this.#table = {
      addresses: { ...parts.addresses, engine, api: [...parts.addresses.api, told] },
      group,
      registries,
    }
    this.#login = { username, password }
    // The proxy names itself as we reached it; the job reaches it elsewhere.
    const seen = (value: string): string => `${job ?? engine}${value.slice(told.length)}`
    this.variables = Object.entries(variables).map(([key, value]) => ({
      key,
      value: value === told || value.startsWith(`${told}/`) ? seen(value) : value,
      isPublic: value !== password,
      isMasked: value === password,
      isRaw: true,
      isFile: false,
    }))
  }

  route(image: string): ProxiedImage | undefined {
    const routed = routeImage(image, this.#table)
    return routed && { ...routed, login: this.#login }
  }

  async openMirror(place: MirrorPlace): Promise<string | undefined> {
    if (!this.#parts.hasMirrors) return undefined
    try {
      return mirrorReply.parse(await this.#parts.api.ask('POST', `${this.#path}/mirror`, place)).address
    } catch (error) {
      if (!(error instanceof ProxyRefusal)) throw error
      throw new ProxyUnavailable(`the proxy opens no mirror: ${error.message}`, { cause: error })
    }
  }

  async pulls(): Promise<readonly PullRecord[]> {
    const told = await this.#parts.api.ask('GET', `${this.#path}/pulls`)
    return pullsReply.parse(told)
  }

  async revoke(): Promise<void> {
    if (this.#isRevoked) return
    this.#isRevoked = true
    try {
      await this.#parts.api.ask('DELETE', this.#path)
    } catch (error) {
      // It was revoked with the token that minted it, or has ended.
      if (error instanceof ProxyRefusal && error.status === 404) return
      const told = 'the credential of the job could not be revoked: it ends by itself'
      this.#parts.log.warn({ event: 'job_credential.left', err: error }, told)
    }
  }
}

/** `HOST:PORT/<group>/dependency_proxy/containers`. */
function groupIn(variables: MintReply['variables']): string {
  const prefix = variables.CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX
  return prefix.slice(prefix.indexOf('/') + 1).replace(/\/dependency_proxy\/containers$/, '')
}

function explain(error: unknown, group: string): Error {
  if (error instanceof ProxyUnavailable) return error
  if (!(error instanceof ProxyRefusal)) {
    return new ProxyUnavailable('what answers at the address of the proxy is no Entrepot of this version', {
      cause: error,
    })
  }
  const hint =
    error.status === 401 || error.status === 403
      ? ' (ENTREPOT_TOKEN, or token_file in [runners.entrepot]: a token of role runner)'
      : ''
  return new ProxyUnavailable(`the proxy gives no credential for the group ${group}: ${error.message}${hint}`)
}

import type { Clock } from '../../clock.ts'
import type { HelperEnvironment } from '../auth/credential-helper.ts'
import { CredentialSourceError } from '../auth/errors.ts'
import { type GatheredCredentials, gatherCredentials } from '../auth/gather-credentials.ts'
import { matchCredential } from '../auth/match-credential.ts'
import type { CredentialEntry, RegistryLogin } from '../auth/registry-login.ts'
import type { DockerSettings } from '../config/docker-settings.ts'
import { type DependencyProxy, type JobAccess, ProxyUnavailable } from '../dependency-proxy.ts'
import { JobFailure } from '../failure.ts'
import { expand } from '../job/expand.ts'
import { HELPER_REPOSITORY } from './helper-image.ts'
import type { ImageEngine } from './image-engine.ts'
import type { ImageOrder, ImageResolver, JobImages } from './image-resolver.ts'
import { jobGroup } from './job-group.ts'
import { EngineJobImages, type ImageSettings } from './job-images.ts'
import { KeyedTurns } from './keyed-turns.ts'
import type { PullProofs } from './pull-proofs.ts'
import { registryOf } from './pull-route.ts'
import { jobProxyVariables, serverProxyOf } from './server-proxy.ts'
import { isImageName } from './wanted-image.ts'

export interface ImageResolverParts {
  readonly engine: ImageEngine
  readonly settings: ImageSettings & Pick<DockerSettings, 'helperImage'>
  /** Absent: images are pulled where they say. */
  readonly proxy: DependencyProxy | undefined
  /** The proxy's group for jobs; see jobGroup. Absent: its default one. */
  readonly group: string | undefined
  /** Whether our CI_DEPENDENCY_PROXY_* take the place of the server's. Absent: see jobProxyVariables. */
  readonly overrideDependencyProxy?: boolean | undefined
  /** Of the user that this process runs as; absent: its logins are not used. */
  readonly homeDirectory: string | undefined
  readonly helpers: HelperEnvironment
  readonly proofs: PullProofs
  readonly clock: Clock
  /** From 0 up to 1; for waits before a second try. */
  readonly random: () => number
}

type PasswordLogin = Extract<RegistryLogin, { kind: 'password' }>

const AUTH_VARIABLE = 'DOCKER_AUTH_CONFIG'
/** For what comes before and after the job's own time. */
const EXTRA_TTL_MS = 60 * 60 * 1000

/** Gets images onto a Docker Engine: through the proxy where it fronts their registry. */
export class EngineImageResolver implements ImageResolver {
  readonly #parts: ImageResolverParts
  readonly #turns = new KeyedTurns()

  constructor(parts: ImageResolverParts) {
    this.#parts = parts
  }

  async open(order: ImageOrder, signal: AbortSignal): Promise<JobImages> {
    const { engine, settings, proofs, clock, random, overrideDependencyProxy } = this.#parts
    const group = jobGroup(this.#parts.group, order.job)
    const serverProxy = serverProxyOf(order.job)
    const { entries, warnings } = await this.#credentials(order)
    for (const warning of warnings) order.trace.warn(warning)
    signal.throwIfAborted()
    const { access, handed } = await this.#access(order, entries, group)
    return new EngineJobImages({
      pulls: { engine, turns: this.#turns, clock, random },
      presence: { engine, proofs, group },
      settings,
      access,
      variables: access ? jobProxyVariables(access, serverProxy, overrideDependencyProxy) : [],
      route: { access, entries, handed, mirrors: settings.mirrors, serverProxy },
      trace: order.trace,
      onImage: order.onImage,
      shared: order.shared && { images: order.shared, literals: new Set(this.#literals(order)) },
      onProgress: order.onProgress,
    })
  }

  async close(): Promise<void> {
    await this.#parts.proofs.settle()
  }

  async #credentials({ job, variables }: ImageOrder): Promise<GatheredCredentials> {
    const { homeDirectory, helpers } = this.#parts
    const authConfig = variables.findLast(({ key }) => key === AUTH_VARIABLE)?.value
    try {
      return await gatherCredentials({ authConfig, homeDirectory, payload: job.credentials, helpers })
    } catch (error) {
      if (!(error instanceof CredentialSourceError)) throw error
      throw new JobFailure('runner_configuration_error', error.message, { cause: error })
    }
  }

  /**
   * Which registries the proxy fronts is known with the first credential, and a login is handed over with the
   * credential: so a job with logins of its own for such registries gets a second one. No other login leaves.
   */
  async #access(order: ImageOrder, entries: readonly CredentialEntry[], group: string | undefined) {
    const none = { access: undefined, handed: new Map<string, RegistryLogin>() }
    const { proxy } = this.#parts
    if (proxy === undefined) return none
    const first = await this.#mint(proxy, order, group, new Map())
    const handed = this.#loginsFor(first, order, entries)
    if (handed.size === 0) return { access: first, handed }
    try {
      return { access: await this.#mint(proxy, order, group, handed), handed }
    } catch (error) {
      if (!(error instanceof JobFailure)) throw error
      order.trace.warn(
        `The proxy does not take the job's own logins, images that need them are pulled directly: ${error.message}`,
      )
      return { ...none, access: await this.#mint(proxy, order, group, new Map()) }
    } finally {
      await first.revoke()
    }
  }

  /** By registry, what the names of the job's images match; one login for each. */
  #loginsFor(
    access: JobAccess,
    order: ImageOrder,
    entries: readonly CredentialEntry[],
  ): Map<string, PasswordLogin> {
    const logins = new Map<string, PasswordLogin>()
    for (const name of this.#names(order)) {
      const proxied = access.route(name)
      const login = matchCredential(entries, name)?.login
      if (proxied === undefined || login?.kind !== 'password') continue
      const registry = registryOf(proxied.canonical)
      if (!logins.has(registry)) logins.set(registry, login)
    }
    return logins
  }

  /** Names that use what only the proxy's variables say are its own, and need no login. */
  #names(order: ImageOrder): string[] {
    const values = new Map(order.variables.map(({ key, value }) => [key, value]))
    return this.#written(order)
      .map((name) => expand(name, (key) => values.get(key)))
      .filter(isImageName)
  }

  /** Names that are the same for every job. */
  #literals(order: ImageOrder): string[] {
    return this.#written(order).filter((name) => !name.includes('$'))
  }

  #written({ job }: ImageOrder): string[] {
    const { image, services, helperImage = HELPER_REPOSITORY } = this.#parts.settings
    const written = [job.image?.name, ...job.services.map(({ name }) => name)]
    const configured = [image, helperImage, ...services.map(({ name }) => name)]
    return [...written, ...configured].filter((name) => name !== undefined)
  }

  async #mint(
    proxy: DependencyProxy,
    { job }: ImageOrder,
    group: string | undefined,
    upstreamAuth: ReadonlyMap<string, PasswordLogin>,
  ): Promise<JobAccess> {
    try {
      return await proxy.mint({
        jobId: String(job.id),
        group,
        ttlMs: job.timeoutMs + EXTRA_TTL_MS,
        upstreamAuth: new Map(
          [...upstreamAuth].map(([registry, { username, password }]) => [registry, { username, password }]),
        ),
      })
    } catch (error) {
      if (!(error instanceof ProxyUnavailable)) throw error
      throw new JobFailure('runner_system_failure', `no access to the cache: ${error.message}`, {
        cause: error,
      })
    }
  }
}

import { DOCKER_HUB, hubRepository, withHubName } from '../oci/docker-hub.ts'
import { OciError } from '../oci/errors.ts'
import { isRepository, type Repository } from '../oci/reference.ts'

/** An upstream as clients may call it. */
export interface Route {
  /** Canonical registry name: `docker.io`, `registry.example:5000`. */
  readonly name: string
  /** Where it is reached; its host is one more name. */
  readonly url: URL
  /** One path component, for upstreams whose name cannot stand in a path. */
  readonly alias?: string | undefined
  /** Compiled globs of the repositories that may be pulled; none matches, none may. */
  readonly allow: readonly ((repository: string) => boolean)[]
}

/** What a client wrote, checked against the grammar. */
export interface RequestedTarget {
  /** From the path. */
  readonly registry: string | undefined
  /** From `?ns=`. */
  readonly ns: string | undefined
  readonly repository: Repository
}

export interface RoutedTarget {
  /** Canonical name of the upstream. */
  readonly upstream: string
  /** As the upstream knows it. */
  readonly repository: Repository
}

/** Decides which upstream a request means. Whoever asks for another registry is told so: nothing is guessed. */
export class UpstreamRouter {
  readonly #routes: readonly Route[]
  readonly #byName = new Map<string, Route>()
  readonly #byAlias = new Map<string, Route>()

  constructor(routes: readonly Route[]) {
    this.#routes = routes
    // Names go first: nobody's url may take a name away from its owner.
    for (const route of routes) this.#byName.set(canonicalRegistry(route.name), route)
    for (const route of routes) {
      const host = canonicalRegistry(route.url.host)
      if (!this.#byName.has(host)) this.#byName.set(host, route)
      if (route.alias !== undefined) this.#byAlias.set(route.alias.toLowerCase(), route)
    }
  }

  /**
   * @throws OciError NAME_UNKNOWN for a registry that is not configured, NAME_INVALID for a path that disagrees
   * with `ns`, DENIED for a repository outside of `allow`
   */
  route(target: RequestedTarget): RoutedTarget {
    const { route, repository: written } = this.#pick(target)
    const repository = officialName(route, written)
    if (!route.allow.some((matches) => matches(repository))) {
      throw new OciError('DENIED', `${repository} is not among the repositories allowed from ${route.name}`)
    }
    return { upstream: route.name, repository }
  }

  /**
   * As `route`, whatever is configured or allowed now: what was pulled before keeps its name.
   * @throws OciError NAME_INVALID
   */
  locate(target: RequestedTarget): RoutedTarget {
    try {
      const { route, repository } = this.#pick(target)
      return { upstream: route.name, repository: officialName(route, repository) }
    } catch (error) {
      if (!(error instanceof OciError) || error.code !== 'NAME_UNKNOWN') throw error
      return { upstream: canonicalRegistry(target.registry ?? DOCKER_HUB), repository: target.repository }
    }
  }

  /** The upstream that a registry's name means; undefined when none is configured. */
  nameOf(registry: string): string | undefined {
    return this.#find(registry)?.name
  }

  #pick(target: RequestedTarget): { route: Route; repository: Repository } {
    const { registry, ns, repository } = target
    const byNs = ns === undefined ? undefined : this.#find(ns)
    if (registry === undefined) return this.#withoutRegistry(target, byNs)
    const byPath = this.#find(registry)
    if (ns !== undefined && !isSame(registry, byPath, ns, byNs)) {
      throw new OciError(
        'NAME_INVALID',
        `the path names the registry ${registry}, but ns=${ns} names another`,
      )
    }
    if (byPath === undefined) throw this.#unknown(registry)
    return { route: byPath, repository }
  }

  #withoutRegistry(
    target: RequestedTarget,
    byNs: Route | undefined,
  ): { route: Route; repository: Repository } {
    const { ns, repository } = target
    if (ns !== undefined && byNs === undefined) throw this.#unknown(ns)
    const slash = repository.indexOf('/')
    const byAlias = slash === -1 ? undefined : this.#byAlias.get(repository.slice(0, slash))
    // Beside an ns, a first component that is another upstream's alias is part of the name.
    if (byAlias !== undefined && (byNs === undefined || byNs === byAlias)) {
      const rest = repository.slice(slash + 1)
      if (isRepository(rest)) return { route: byAlias, repository: rest }
    }
    const route = byNs ?? this.#find(DOCKER_HUB)
    if (route === undefined) throw this.#unknown(DOCKER_HUB)
    return { route, repository }
  }

  #find(registry: string): Route | undefined {
    return this.#byName.get(canonicalRegistry(registry)) ?? this.#byAlias.get(registry.toLowerCase())
  }

  #unknown(registry: string): OciError {
    const names = this.#routes.map((route) => route.name).sort()
    return new OciError(
      'NAME_UNKNOWN',
      `${registry} is not a registry that is cached here; configured: ${names.join(', ') || 'none'}`,
    )
  }
}

/** One spelling for a registry: lower case, Docker Hub's names as one, no port that https implies. */
export function canonicalRegistry(registry: string): string {
  return withHubName(registry.toLowerCase().replace(/:443$/, ''))
}

function isSame(registry: string, byPath: Route | undefined, ns: string, byNs: Route | undefined): boolean {
  if (byPath === undefined && byNs === undefined) return canonicalRegistry(registry) === canonicalRegistry(ns)
  return byPath === byNs
}

/** Docker Hub's official images have a second component that nobody writes. */
function officialName(route: Route, repository: Repository): Repository {
  return canonicalRegistry(route.name) === DOCKER_HUB ? hubRepository(repository) : repository
}

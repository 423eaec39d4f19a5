import { DOCKER_HUB, hubRepository, withHubName } from '../../oci/docker-hub.ts'
import { OciError } from '../../oci/errors.ts'
import { canonicalImageName, type ImageName, parseImageName } from '../../oci/image-name.ts'
import { formatImage, parseRepository, type Repository } from '../../oci/reference.ts'
import type { ProxiedImage } from '../dependency-proxy.ts'
import type { ProxyAddresses } from './proxy-addresses.ts'

/** A registry that the proxy fronts. */
export interface FrontedRegistry {
  /** As images name it: `docker.io`, `registry.example:5000`. */
  readonly name: string
  /** Its name in paths, where the real one has a port. */
  readonly alias: string | null
}

export interface RoutingTable {
  readonly addresses: ProxyAddresses
  /** The group that the job pulls as. */
  readonly group: string
  readonly registries: readonly FrontedRegistry[]
}

const PREFIX = 'dependency_proxy/containers'
const IMAGE_ID = /^(sha256:)?[0-9a-f]{64}$/

/**
 * How an image is pulled through the proxy. Undefined for what it does not front, for ids of images, and for what
 * is no name: the engine says that best.
 */
export function routeImage(image: string, table: RoutingTable): Omit<ProxiedImage, 'login'> | undefined {
  if (IMAGE_ID.test(image)) return undefined
  const { engine, job, api } = table.addresses
  const slash = image.indexOf('/')
  const host = image.slice(0, Math.max(slash, 0)).toLowerCase()
  const isOurs = [engine, job, ...api].some((address) => address?.toLowerCase() === host)
  return slash > 0 && isOurs ? routeOwn(image.slice(slash + 1), table) : routeForeign(image, table)
}

/** Under a prefix of the proxy's own, or at its mirror door: the path stays as it is written. */
function routeOwn(
  path: string,
  { addresses, registries }: RoutingTable,
): Omit<ProxiedImage, 'login'> | undefined {
  const inner = path.split(`/${PREFIX}/`)
  const name = readName(inner.length > 1 ? inner.slice(1).join(`/${PREFIX}/`) : path)
  if (name === undefined) return undefined
  const [first = ''] = name.repository.split('/')
  const aliased = registries.find(({ alias }) => alias === first)
  const canonical =
    aliased === undefined || name.registry !== undefined
      ? canonicalImageName(registryOf(name), repositoryOf(name), name.reference)
      : canonicalImageName(aliased.name, withoutFirst(name.repository), name.reference)
  // Without a tag, engines pull every one of them.
  const isComplete = name.reference.kind === 'digest' || path.endsWith(`:${name.reference.tag}`)
  return { reference: `${addresses.engine}/${path}${isComplete ? '' : ':latest'}`, canonical }
}

function routeForeign(image: string, table: RoutingTable): Omit<ProxiedImage, 'login'> | undefined {
  const name = readName(image)
  if (name === undefined) return undefined
  const registry = registryOf(name)
  const fronted = table.registries.find((candidate) => candidate.name === registry)
  const mount = fronted && mountOf(fronted, name, table.registries)
  if (mount === undefined) return undefined
  const prefix = `${table.addresses.engine}/${table.group}/${PREFIX}`
  return {
    reference: `${prefix}/${mount}${formatImage(name.repository, name.reference)}`,
    canonical: canonicalImageName(registry, repositoryOf(name), name.reference),
  }
}

/**
 * What stands in front of the repository in a path of the proxy. A colon cannot, so that a registry with a port
 * and without an alias has none. Docker Hub needs a name only where an alias hides an account of that name.
 */
function mountOf(
  { name, alias }: FrontedRegistry,
  { repository }: ImageName,
  registries: readonly FrontedRegistry[],
): string | undefined {
  if (name === DOCKER_HUB) {
    const [first] = repository.split('/')
    return registries.some((other) => other.alias === first) ? `${DOCKER_HUB}/` : ''
  }
  const mount = alias ?? name
  return mount.includes(':') ? undefined : `${mount}/`
}

function readName(text: string): ImageName | undefined {
  try {
    return parseImageName(text)
  } catch (error) {
    if (error instanceof OciError) return undefined
    throw error
  }
}

function registryOf({ registry = DOCKER_HUB }: ImageName): string {
  return withHubName(registry)
}

function repositoryOf(name: ImageName): Repository {
  return registryOf(name) === DOCKER_HUB ? hubRepository(name.repository) : name.repository
}

function withoutFirst(repository: Repository): Repository {
  return parseRepository(repository.slice(repository.indexOf('/') + 1))
}

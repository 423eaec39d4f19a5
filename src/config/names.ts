import { DOCKER_HUB, isDockerHub } from '../oci/docker-hub.ts'
import { OciError } from '../oci/errors.ts'
import { isGroupPath } from '../oci/group-path.ts'
import { looksLikeRegistry, parseRegistryHost } from '../oci/registry-host.ts'

const ALIAS = /^[a-z0-9]+(?:(?:_|__|-+)[a-z0-9]+)*$/

/** One-component names that image paths already give a meaning. */
const RESERVED_ALIASES = new Set(['library', 'localhost', 'v2', 'dependency_proxy'])

/** What is wrong with a lower-cased upstream name; undefined when nothing is. */
export function upstreamNameMistake(name: string): string | undefined {
  if (name !== DOCKER_HUB && isDockerHub(name)) return `${name} is Docker Hub; name it ${DOCKER_HUB}`
  if (isHostName(name)) return undefined
  return 'an upstream is named by its registry host, such as ghcr.io or registry.example:5000'
}

/** What is wrong with a lower-cased group path; undefined when nothing is. */
export function groupPathMistake(path: string): string | undefined {
  if (!isGroupPath(path)) {
    return "a group is named by its path, such as acme or acme/web: components of letters, digits, '_', '-' and '.'"
  }
  if (path.split('/').includes('dependency_proxy')) {
    return 'a group path cannot contain dependency_proxy: it marks where the group ends in an image path'
  }
  return undefined
}

/** What is wrong with an alias; undefined when nothing is. */
export function aliasMistake(alias: string): string | undefined {
  if (!ALIAS.test(alias)) return 'an alias is one path component in lower case, without a dot, such as hub'
  if (RESERVED_ALIASES.has(alias)) return `${alias} has another meaning in image paths; take another alias`
  return undefined
}

/** `host` or `host:port`. */
export function isHostName(text: string): boolean {
  try {
    return parseRegistryHost(text) !== ''
  } catch (error) {
    if (error instanceof OciError) return false
    throw error
  }
}

/** Whether the first component of an image path is taken for this registry, rather than a Docker Hub account. */
export function isRecognisedInPaths(name: string): boolean {
  return !name.includes(':') && looksLikeRegistry(name)
}

import { OciError } from './errors.ts'
import {
  formatImage,
  parseReference,
  parseRepository,
  type Reference,
  type Repository,
  type Tag,
} from './reference.ts'
import { looksLikeRegistry, parseRegistryHost } from './registry-host.ts'

/** An image as a person wrote it, checked against the grammar. Which registry it means is for routing to say. */
export interface ImageName {
  /** As written; absent: the registry that names without one mean. */
  readonly registry: string | undefined
  readonly repository: Repository
  readonly reference: Reference
}

const DEFAULT_TAG = 'latest' as Tag

/**
 * Reads `redis`, `redis:7`, `ghcr.io/x/y@sha256:…`. Of a name that has both a tag and a digest the digest counts,
 * as Docker has it: the tag is for people.
 * @throws OciError NAME_INVALID, TAG_INVALID or DIGEST_INVALID
 */
export function parseImageName(text: string): ImageName {
  const at = text.indexOf('@')
  const tagged = at === -1 ? text : text.slice(0, at)
  const colon = tagged.lastIndexOf(':')
  // A colon before a slash belongs to the port of a registry.
  const hasTag = colon > tagged.lastIndexOf('/')
  const path = hasTag ? tagged.slice(0, colon) : tagged
  const tag = hasTag ? parseTag(tagged.slice(colon + 1)) : DEFAULT_TAG
  const slash = path.indexOf('/')
  const first = path.slice(0, slash)
  const registry = slash !== -1 && isRegistry(first) ? parseRegistryHost(first) : undefined
  return {
    registry,
    repository: parseRepository(registry === undefined ? path : path.slice(slash + 1)),
    reference: at === -1 ? { kind: 'tag', tag } : parseDigestReference(text.slice(at + 1)),
  }
}

/** The one spelling of an image: `docker.io/library/redis:7`. */
export function canonicalImageName(upstream: string, repository: Repository, reference: Reference): string {
  return `${upstream}/${formatImage(repository, reference)}`
}

/** In front of a slash a colon can only be a port's. */
function isRegistry(component: string): boolean {
  return looksLikeRegistry(component) || component.includes(':')
}

function parseTag(text: string): Tag {
  const reference = parseReference(text)
  if (reference.kind === 'tag') return reference.tag
  throw new OciError('TAG_INVALID', `"${text.slice(0, 140)}" is not a tag: a digest is written behind an @`)
}

function parseDigestReference(text: string): Reference {
  const reference = parseReference(text)
  if (reference.kind === 'digest') return reference
  throw new OciError(
    'DIGEST_INVALID',
    `"${text.slice(0, 140)}" is not a digest: expected sha256:<64 hex> behind the @`,
  )
}

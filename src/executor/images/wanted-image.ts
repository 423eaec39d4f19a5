import { DOCKER_HUB, hubRepository, isDockerHub } from '../../oci/docker-hub.ts'
import { type ImageName, parseImageName } from '../../oci/image-name.ts'
import { formatReference } from '../../oci/reference.ts'

/** An image as a user wrote it. */
export interface WantedImage {
  readonly name: string
  /** As written, without tag and digest: `postgres`, `ghcr.io/acme/app`. */
  readonly repository: string
  /** With the tag that is meant when none is written: `postgres:latest`. */
  readonly reference: string
  /** `docker.io/library/postgres:latest` */
  readonly canonical: string
  /** Asked for by digest: nothing else will do. */
  readonly digest: string | undefined
}

/** Nobody has images of this name: what stands under it came through a proxy, by our doing. */
const OUR_REGISTRY = 'entrepot.invalid'
const IMAGE_ID = /^sha256:[0-9a-f]{64}$/

/** An id names what is on the engine, and never a registry. */
export function isImageId(name: string): boolean {
  return IMAGE_ID.test(name)
}

export function isImageName(name: string): boolean {
  try {
    readWantedImage(name)
    return true
  } catch {
    return false
  }
}

/** @throws OciError for what is no name of an image */
export function readWantedImage(name: string): WantedImage {
  const parsed = parseImageName(name)
  const { reference } = parsed
  const repository =
    parsed.registry === undefined ? parsed.repository : `${parsed.registry}/${parsed.repository}`
  const separator = reference.kind === 'digest' ? '@' : ':'
  const suffix = separator + formatReference(reference)
  return {
    name,
    repository,
    reference: repository + suffix,
    canonical: canonicalRepository(parsed) + suffix,
    digest: reference.kind === 'digest' ? reference.digest : undefined,
  }
}

/** `docker.io/library/postgres`, of a canonical name or any reference with tag or digest. */
export function repositoryOf(reference: string): string {
  const at = reference.indexOf('@')
  if (at !== -1) return repositoryOf(reference.slice(0, at))
  const colon = reference.lastIndexOf(':')
  return colon > reference.lastIndexOf('/') ? reference.slice(0, colon) : reference
}

/**
 * The name under which an image stays on the engine when the proxy's name for it, which holds an address and a
 * group, is taken away: `entrepot.invalid/docker.io/library/postgres:12.2`.
 */
export function ourName(canonical: string): string {
  const repository = repositoryOf(canonical)
  const suffix = canonical.slice(repository.length + 1)
  return `${ourRepository(repository)}:${canonical[repository.length] === '@' ? digestTag(suffix) : suffix}`
}

/**
 * The name that keeps the digest. An engine forgets what a registry called an image with the last of that
 * registry's names, and without the digest nobody could ask whether a job may use it.
 */
export function ourDigestName(canonical: string, digest: string): string {
  return `${ourRepository(repositoryOf(canonical))}:${digestTag(digest)}`
}

/** The digest that a name of ours keeps. */
export function digestInOurName(tag: string): string | undefined {
  const hex = /^entrepot\.invalid\/.*:sha256-([0-9a-f]{64})$/.exec(tag)?.[1]
  return hex === undefined ? undefined : `sha256:${hex}`
}

export function isOurName(tag: string): boolean {
  return tag.startsWith(`${OUR_REGISTRY}/`)
}

/** A colon can only stand before a tag: that of a port is written otherwise. */
function ourRepository(repository: string): string {
  return `${OUR_REGISTRY}/${repository.replaceAll(':', '__')}`
}

/** A tag has 128 characters at most; a shortened sha512 is never read back. */
function digestTag(digest: string): string {
  return digest.replace(':', '-').slice(0, 128)
}

function canonicalRepository({ registry = DOCKER_HUB, repository }: ImageName): string {
  return isDockerHub(registry) ? `${DOCKER_HUB}/${hubRepository(repository)}` : `${registry}/${repository}`
}

import type { Platform } from '../../oci/descriptor.ts'
import { formatPlatform, parsePlatform } from '../../oci/platform.ts'
import type { LocalImage } from './image-engine.ts'
import { digestInOurName, isOurName, ourDigestName, repositoryOf } from './wanted-image.ts'

/**
 * What is known of where a local image came from. `built`: no registry knows it, as far as this engine can tell.
 * `unknown`: it came through a proxy, and its digest is lost.
 */
export type Origin =
  | { readonly kind: 'built' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'pulled'; readonly digest: string }

/**
 * An image may have come from several repositories: the digest that it has in the wanted one goes first.
 * @param repository canonical: `docker.io/library/postgres`
 */
export function originOf({ tags, digests }: LocalImage, repository: string): Origin {
  // Engines name Docker Hub's images as people do.
  const familiar = repository.replace(/^docker\.io\/(?:library\/)?/, '')
  const known = [
    ...digests.map((name) => ({ isOwn: repositoryOf(name) === familiar, digest: digestOf(name) })),
    ...tags.flatMap((tag) => {
      const digest = digestInOurName(tag)
      return digest === undefined ? [] : [{ isOwn: tag === ourDigestName(repository, digest), digest }]
    }),
  ].filter(({ digest }) => digest.startsWith('sha256:'))
  const best = known.find(({ isOwn }) => isOwn) ?? known[0]
  if (best !== undefined) return { kind: 'pulled', digest: best.digest }
  return { kind: tags.some(isOurName) ? 'unknown' : 'built' }
}

function digestOf(name: string): string {
  return name.slice(name.indexOf('@') + 1)
}

/** Whether an image is for a platform; a variant counts where both name one. */
export function isFor(image: LocalImage, wanted: Platform): boolean {
  const { os, architecture, variant } = normal(image.platform)
  const { os: wantedOs, architecture: wantedArchitecture, variant: wantedVariant } = normal(wanted)
  if (os !== wantedOs || architecture !== wantedArchitecture) return false
  return variant === undefined || wantedVariant === undefined || variant === wantedVariant
}

/** Engines say x86_64 for amd64, and v8 for an arm64 that others leave bare. */
function normal(platform: Platform): Platform {
  return parsePlatform(formatPlatform(platform)) ?? platform
}

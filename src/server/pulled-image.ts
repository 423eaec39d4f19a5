import type { Digest } from '../oci/digest.ts'
import type { Reference, Repository } from '../oci/reference.ts'

/** An image of which several parts were pulled. */
export interface PulledImage {
  readonly upstream: string
  readonly repository: Repository
  readonly reference: Reference
  readonly digest: Digest
  /** Of each index that was pulled for this image, what it leads to. */
  readonly children: Set<ReadonlySet<string>>
}

/** A part of an image, as it was asked for. */
export type AskedPart =
  | { readonly kind: 'manifest'; readonly reference: Reference }
  | { readonly kind: 'blob' }

/**
 * The image that a part belongs to; undefined: none yet. A tag is an image of its own, as often as it leads to the
 * same. What is pulled by its digest belongs to the image that led there; a blob to the one that was pulled last
 * from its repository.
 * @param images in the order in which they began
 */
export function findImage<T extends PulledImage>(
  images: readonly T[],
  upstream: string,
  repository: Repository,
  asked: AskedPart,
  digest: Digest,
): T | undefined {
  // From the last: often it is the one. Nothing is made on the way, since hot pulls come here too.
  for (let at = images.length - 1; at >= 0; at--) {
    const image = images[at]
    if (image !== undefined && isOf(image, upstream, repository) && belongsTo(image, asked, digest))
      return image
  }
  return undefined
}

/** The image that was pulled last from a repository. */
export function findLatest<T extends PulledImage>(
  images: readonly T[],
  upstream: string,
  repository: Repository,
): T | undefined {
  return images.findLast((image) => isOf(image, upstream, repository))
}

function isOf(image: PulledImage, upstream: string, repository: Repository): boolean {
  return image.repository === repository && image.upstream === upstream
}

function belongsTo(image: PulledImage, asked: AskedPart, digest: Digest): boolean {
  if (asked.kind === 'blob') return true
  const { reference } = asked
  if (reference.kind === 'digest') return image.digest === digest || leadsTo(image, digest)
  return image.digest === digest && image.reference.kind === 'tag' && image.reference.tag === reference.tag
}

function leadsTo({ children }: PulledImage, digest: Digest): boolean {
  for (const each of children) if (each.has(digest)) return true
  return false
}

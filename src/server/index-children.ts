import { LRUCache } from 'lru-cache'
import type { Digest } from '../oci/digest.ts'
import { parseManifest } from '../oci/manifest.ts'
import { isIndexMediaType } from '../oci/media-types.ts'

/** All indexes together. */
const MAX_CHILDREN = 100_000

const NONE: ReadonlySet<string> = new Set()

/** The manifests that indexes lead to. An index is read once, however often it is pulled. */
export class IndexChildren {
  readonly #known = new LRUCache<string, ReadonlySet<string>>({
    maxSize: MAX_CHILDREN,
    sizeCalculation: (children) => children.size + 1,
  })

  /** @param bytes of a manifest that was checked before */
  of(digest: Digest, mediaType: string, bytes: Buffer): ReadonlySet<string> {
    if (!isIndexMediaType(mediaType)) return NONE
    let children = this.#known.get(digest)
    if (children === undefined) {
      const { references } = parseManifest(bytes, mediaType)
      children = new Set(references.map(({ digest }) => digest))
      this.#known.set(digest, children)
    }
    return children
  }
}

import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import { MAX_INDEX_DEPTH, type Manifest, parseManifest } from '../oci/manifest.ts'
import type { ManifestCatalog, StoredManifest } from '../store/catalog.ts'

const MAX_SHELF_BYTES = 64 * 1024 * 1024

/** Manifests at hand: the often asked in memory, all others in the catalog. */
export class ManifestShelf {
  readonly #catalog: ManifestCatalog
  readonly #clock: Clock
  readonly #memory = new LRUCache<Digest, StoredManifest>({
    maxSize: MAX_SHELF_BYTES,
    sizeCalculation: ({ bytes }) => bytes.length + 512,
  })

  constructor(catalog: ManifestCatalog, clock: Clock) {
    this.#catalog = catalog
    this.#clock = clock
  }

  /** From memory only: undefined says nothing about the catalog. */
  get(digest: Digest): StoredManifest | undefined {
    return this.#memory.get(digest)
  }

  async find(digest: Digest): Promise<StoredManifest | undefined> {
    const remembered = this.#memory.get(digest)
    if (remembered !== undefined) return remembered
    const stored = await this.#catalog.find(digest)
    if (stored !== undefined) this.#memory.set(digest, stored)
    return stored
  }

  /**
   * Checks a manifest, and stores it with what it references.
   * @throws OciError MANIFEST_INVALID or MANIFEST_UNKNOWN (schema 1)
   */
  async put(manifest: StoredManifest): Promise<Manifest> {
    const parsed = parseManifest(manifest.bytes, manifest.mediaType)
    if (parsed.kind === 'index') await this.#refuseDeepIndex(manifest.digest)
    const stored = { ...manifest, mediaType: parsed.mediaType }
    await this.#catalog.put(stored, parsed.references, this.#clock.now())
    this.#memory.set(manifest.digest, stored)
    return parsed
  }

  async #refuseDeepIndex(digest: Digest): Promise<void> {
    let level: readonly Digest[] = [digest]
    for (let depth = 1; level.length > 0; depth += 1) {
      if (depth > MAX_INDEX_DEPTH) {
        throw new OciError(
          'MANIFEST_INVALID',
          `the index ${digest} lies more than ${MAX_INDEX_DEPTH} indexes deep: an image is not nested like this`,
        )
      }
      const parents = await Promise.all(level.map((child) => this.#catalog.findParents(child)))
      level = [...new Set(parents.flat().map((parent) => parent.manifest))]
    }
  }
}

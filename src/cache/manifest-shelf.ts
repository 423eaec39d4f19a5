import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import { MAX_INDEX_DEPTH, parseManifest } from '../oci/manifest.ts'
import type { ManifestCatalog, StoredManifest } from '../store/catalog.ts'
import { type StorageHealth, UNSTORED_MS } from './storage-health.ts'

const MAX_SHELF_BYTES = 64 * 1024 * 1024

/** Manifests at hand: the often asked in memory, all others in the catalog. */
export class ManifestShelf {
  readonly #catalog: ManifestCatalog
  readonly #health: StorageHealth
  readonly #clock: Clock
  readonly #memory: LRUCache<Digest, StoredManifest>

  constructor(catalog: ManifestCatalog, health: StorageHealth, clock: Clock) {
    this.#catalog = catalog
    this.#health = health
    this.#clock = clock
    this.#memory = new LRUCache({
      maxSize: MAX_SHELF_BYTES,
      sizeCalculation: ({ bytes }) => bytes.length + 512,
      perf: clock,
      ttlResolution: 0,
    })
  }

  /** From memory only: undefined says nothing about the catalog. */
  get(digest: Digest): StoredManifest | undefined {
    return this.#memory.get(digest)
  }

  async find(digest: Digest): Promise<StoredManifest | undefined> {
    const remembered = this.#memory.get(digest)
    if (remembered !== undefined) return remembered
    const stored = await this.#health.read(() => this.#catalog.find(digest))
    if (stored !== undefined) this.#memory.set(digest, stored)
    return stored
  }

  /** It is gone from the catalog. */
  forget(digest: Digest): void {
    this.#memory.delete(digest)
  }

  /**
   * Checks a manifest, and stores it with what it references. One that cannot be stored stays in memory for a
   * moment.
   * @returns whether it is stored
   * @throws OciError MANIFEST_INVALID or MANIFEST_UNKNOWN (schema 1)
   */
  async put(manifest: StoredManifest): Promise<boolean> {
    const parsed = parseManifest(manifest.bytes, manifest.mediaType)
    if (parsed.kind === 'index') await this.#refuseDeepIndex(manifest.digest)
    const stored = { ...manifest, mediaType: parsed.mediaType }
    const kept = await this.#health.try(() => this.#catalog.put(stored, parsed.references, this.#clock.now()))
    this.#memory.set(manifest.digest, stored, kept ? {} : { ttl: UNSTORED_MS })
    return kept
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
      const parents = await this.#health.read(() =>
        Promise.all(level.map((child) => this.#catalog.findParents(child))),
      )
      // Whoever follows references goes no deeper anyway: one that slips through in trouble does no harm.
      if (parents === undefined) return
      level = [...new Set(parents.flat().map((parent) => parent.manifest))]
    }
  }
}

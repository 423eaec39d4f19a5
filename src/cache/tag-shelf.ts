import { LRUCache } from 'lru-cache'
import { atMostEntries } from '../at-most-entries.ts'
import type { Clock } from '../clock.ts'
import type { Digest } from '../oci/digest.ts'
import type { TagCatalog, TagKey, TagPointer } from '../store/catalog.ts'
import { type StorageHealth, UNSTORED_MS } from './storage-health.ts'

const MAX_TAGS_IN_MEMORY = 100_000

/** Where tags point: the often asked in memory, written through to the catalog. */
export class TagShelf {
  readonly #catalog: TagCatalog
  readonly #health: StorageHealth
  readonly #memory: LRUCache<string, TagPointer>

  constructor(catalog: TagCatalog, health: StorageHealth, clock: Clock) {
    this.#catalog = catalog
    this.#health = health
    this.#memory = new LRUCache({ ...atMostEntries(MAX_TAGS_IN_MEMORY), perf: clock, ttlResolution: 0 })
  }

  /** From memory only: undefined says nothing about the catalog. */
  get(key: TagKey): TagPointer | undefined {
    return this.#memory.get(nameOf(key))
  }

  async find(key: TagKey): Promise<TagPointer | undefined> {
    const name = nameOf(key)
    const remembered = this.#memory.get(name)
    if (remembered !== undefined) return remembered
    const stored = await this.#health.read(() => this.#catalog.find(key))
    if (stored !== undefined) this.#memory.set(name, stored)
    return stored
  }

  /**
   * Compare-and-set. When somebody else was faster, theirs stands. What cannot be stored is known in memory for
   * a moment.
   */
  async move(key: TagKey, expected: Digest | undefined, next: TagPointer): Promise<boolean> {
    let moved = false
    const stored = await this.#health.try(async () => {
      moved = await this.#catalog.move(key, expected, next)
    })
    if (!stored) this.#memory.set(nameOf(key), next, { ttl: UNSTORED_MS })
    else if (moved) this.#memory.set(nameOf(key), next)
    else this.#memory.delete(nameOf(key))
    return moved || !stored
  }

  async delete(key: TagKey, expected: Digest): Promise<void> {
    await this.#health.try(() => this.#catalog.delete(key, expected))
    this.#memory.delete(nameOf(key))
  }

  /** It is gone from the catalog. */
  forget(key: TagKey): void {
    this.#memory.delete(nameOf(key))
  }
}

function nameOf({ upstream, repository, tag }: TagKey): string {
  return `${upstream}/${repository}:${tag}`
}

import { LRUCache } from 'lru-cache'
import type { Digest } from '../oci/digest.ts'
import type { TagCatalog, TagKey, TagPointer } from '../store/catalog.ts'

const MAX_TAGS_IN_MEMORY = 100_000

/** Where tags point: the often asked in memory, written through to the catalog. */
export class TagShelf {
  readonly #catalog: TagCatalog
  readonly #memory = new LRUCache<string, TagPointer>({ max: MAX_TAGS_IN_MEMORY })

  constructor(catalog: TagCatalog) {
    this.#catalog = catalog
  }

  /** From memory only: undefined says nothing about the catalog. */
  get(key: TagKey): TagPointer | undefined {
    return this.#memory.get(nameOf(key))
  }

  async find(key: TagKey): Promise<TagPointer | undefined> {
    const name = nameOf(key)
    const remembered = this.#memory.get(name)
    if (remembered !== undefined) return remembered
    const stored = await this.#catalog.find(key)
    if (stored !== undefined) this.#memory.set(name, stored)
    return stored
  }

  /** Compare-and-set. When somebody else was faster, theirs stands. */
  async move(key: TagKey, expected: Digest | undefined, next: TagPointer): Promise<boolean> {
    const moved = await this.#catalog.move(key, expected, next)
    if (moved) this.#memory.set(nameOf(key), next)
    else this.#memory.delete(nameOf(key))
    return moved
  }

  async delete(key: TagKey, expected: Digest): Promise<void> {
    await this.#catalog.delete(key, expected)
    this.#memory.delete(nameOf(key))
  }
}

function nameOf({ upstream, repository, tag }: TagKey): string {
  return `${upstream}/${repository}:${tag}`
}

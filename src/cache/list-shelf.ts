import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { ListCatalog, ListKey, StoredList } from '../store/list-catalog.ts'
import { type StorageHealth, UNSTORED_MS } from './storage-health.ts'

const MAX_SHELF_BYTES = 32 * 1024 * 1024
/** What is made of a body takes about this many times its length. */
const DECODED_FACTOR = 4

/** A list with what was made of it. */
export interface ShelvedList<T> extends StoredList {
  readonly value: T
}

/** Lists at hand: the often asked in memory, written through to the catalog. */
export class ListShelf<T extends object> {
  readonly #catalog: ListCatalog
  readonly #health: StorageHealth
  readonly #decode: (body: string) => T
  readonly #memory: LRUCache<string, ShelvedList<T>>

  constructor(parts: {
    catalog: ListCatalog
    health: StorageHealth
    clock: Clock
    decode: (body: string) => T
  }) {
    this.#catalog = parts.catalog
    this.#health = parts.health
    this.#decode = parts.decode
    this.#memory = new LRUCache({
      maxSize: MAX_SHELF_BYTES,
      sizeCalculation: ({ body }) => body.length * DECODED_FACTOR + 512,
      perf: parts.clock,
      ttlResolution: 0,
    })
  }

  async find(key: ListKey): Promise<ShelvedList<T> | undefined> {
    const remembered = this.#memory.get(nameOf(key))
    if (remembered !== undefined) return remembered
    const stored = await this.#health.read(() => this.#catalog.find(key))
    if (stored === undefined) return undefined
    const list = { ...stored, value: this.#decode(stored.body) }
    this.#memory.set(nameOf(key), list)
    return list
  }

  /** What cannot be stored is known in memory for a moment. */
  async put(key: ListKey, stored: StoredList, known: ShelvedList<T> | undefined): Promise<ShelvedList<T>> {
    const value = known?.body === stored.body ? known.value : this.#decode(stored.body)
    const list = { ...stored, value }
    const kept = await this.#health.try(() => this.#catalog.put(key, stored))
    this.#memory.set(nameOf(key), list, kept ? {} : { ttl: UNSTORED_MS })
    return list
  }

  async delete(key: ListKey): Promise<void> {
    await this.#health.try(() => this.#catalog.delete(key))
    this.#memory.delete(nameOf(key))
  }
}

function nameOf({ scope, upstream, repository, subject }: ListKey): string {
  return `${scope} ${upstream} ${repository} ${subject}`
}

import type { Readable } from 'node:stream'

/** Where what jobs keep for later jobs is kept, by project and key. An archive is a compressed tar. */
export interface CacheStore {
  /**
   * @param key expanded, and with `-protected` or the like where that sets caches apart
   * @returns undefined when there is none. The stream is the caller's to read to its end, or to destroy
   */
  find(place: CachePlace, signal: AbortSignal): Promise<Readable | undefined>
  /** Takes the place of what was there once it is whole; of two at a time the later one stays. */
  save(place: CachePlace, archive: Readable, signal: AbortSignal): Promise<void>
}

export interface CachePlace {
  /** What sets projects apart: of one machine no two servers' projects meet. */
  readonly project: string
  readonly key: string
}

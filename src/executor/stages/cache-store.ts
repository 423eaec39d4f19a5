import type { Readable } from 'node:stream'

/** Where what jobs keep for later jobs is kept, by project and key. An archive is a compressed tar. */
export interface CacheStore {
  /** @returns undefined when there is none. Its stream is the caller's to read to its end, or to destroy */
  find(place: CachePlace, signal: AbortSignal): Promise<FoundCache | undefined>
  /**
   * Takes the place of what was there once it is whole; of two at a time the later one stays.
   * @throws CacheRefused when it is larger than all caches together may be; the signal's reason
   */
  save(place: CachePlace, cache: SavedCache, signal: AbortSignal): Promise<void>
}

export interface CachePlace {
  /** What sets projects apart: of one machine no two servers' projects meet. */
  readonly project: string
  /** Expanded; what sets branches apart (`-protected`) is in it. */
  readonly key: string
}

export interface SavedCache {
  readonly archive: Readable
  /** Of the files in it, at most 128 characters of hex: an archive with the same one need not be made again. */
  readonly fingerprint: string
}

export type FoundCache = SavedCache

import type { SpaceRules } from '../cache/housekeeping.ts'
import type { StorageSettings } from '../config/settings.ts'
import type { Log } from '../log.ts'
import type { SpaceCatalog } from '../store/catalog.ts'
import { storageTroubleOf } from '../store/storage-error.ts'

const GIB = 1024 ** 3

/** Of what the filesystem has left at the first start. */
const DEFAULT_SHARE = 0.8
const MAX_DEFAULT_BYTES = 500 * GIB

/** What stays free unless the settings say otherwise: this, or of a small filesystem a twentieth. */
const DEFAULT_MIN_FREE_BYTES = GIB
const DEFAULT_MIN_FREE_SHARE = 0.05

export interface Filesystem {
  readonly freeBytes: number
  readonly totalBytes: number
}

/**
 * What content may take. Without a setting that is decided at the first start and remembered: the cache itself
 * makes the free space smaller.
 * @param isKeeping false: there is no catalog to keep anything by, so nothing may come
 */
export async function decideSpaceRules(
  settings: StorageSettings,
  catalog: SpaceCatalog,
  measure: () => Promise<Filesystem>,
  log: Log,
  isKeeping = true,
): Promise<SpaceRules> {
  const { freeBytes, totalBytes } = await measure()
  const minFreeBytes = settings.minFreeBytes ?? defaultMinFreeBytes(totalBytes)
  const decided = settings.maxBytes ?? (await rememberMaxBytes(catalog, freeBytes))
  const maxBytes = isKeeping ? decided : 0
  const highBytes = Math.floor(maxBytes * settings.highMark)
  const lowBytes = Math.floor(maxBytes * settings.lowMark)
  log.info(
    { event: 'space.budget', maxBytes, highBytes, lowBytes, minFreeBytes, freeBytes },
    settings.maxBytes === undefined
      ? `content may take ${inGib(maxBytes)} GiB, decided at the first start (storage.maxSize changes it)`
      : `content may take ${inGib(maxBytes)} GiB`,
  )
  return {
    budget: { maxBytes, highBytes, lowBytes, minFreeBytes },
    maxAgeMs: settings.maxAgeMs,
    freeBytes: async () => (await measure()).freeBytes,
  }
}

/** A disk that is full at the first start is no measure for all that come: it is looked at anew then. */
async function rememberMaxBytes(catalog: SpaceCatalog, freeBytes: number): Promise<number> {
  const bytes = defaultMaxBytes(freeBytes)
  try {
    return await catalog.remember('max_bytes', bytes)
  } catch (error) {
    if (storageTroubleOf(error) === undefined) throw error
    return bytes
  }
}

export function defaultMaxBytes(freeBytes: number): number {
  return Math.min(MAX_DEFAULT_BYTES, Math.floor(freeBytes * DEFAULT_SHARE))
}

export function defaultMinFreeBytes(totalBytes: number): number {
  return Math.min(DEFAULT_MIN_FREE_BYTES, Math.floor(totalBytes * DEFAULT_MIN_FREE_SHARE))
}

function inGib(bytes: number): string {
  return (bytes / GIB).toFixed(bytes < GIB ? 3 : 1)
}

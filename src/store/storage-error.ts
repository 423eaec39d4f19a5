import { fileErrorCode } from '../file-error.ts'

/**
 * What a storage cannot do just now, whatever the request was.
 * - `full`       no room, or no quota: it works again when something is removed
 * - `failing`    the device or the catalog reports errors
 * - `read-only`  mounted or opened so that nothing can be written
 */
export type StorageTroubleKind = 'full' | 'failing' | 'read-only'

export interface StorageTrouble {
  readonly kind: StorageTroubleKind
  readonly part: 'disk' | 'catalog'
  /** `ENOSPC`, `SQLITE_FULL`… */
  readonly code: string
}

const DISK_TROUBLE: Readonly<Record<string, StorageTroubleKind>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EIO: 'failing',
  EROFS: 'read-only',
}

/** The storage's part in an error of a store or a catalog; undefined when the error is about something else. */
export function storageTroubleOf(error: unknown): StorageTrouble | undefined {
  const code = fileErrorCode(error)
  if (code === undefined) return undefined
  if (code.startsWith('SQLITE_')) return { kind: catalogTrouble(code), part: 'catalog', code }
  const kind = DISK_TROUBLE[code]
  return kind && { kind, part: 'disk', code }
}

function catalogTrouble(code: string): StorageTroubleKind {
  // The index of the write-ahead log grows in steps.
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') return 'full'
  return code.startsWith('SQLITE_READONLY') ? 'read-only' : 'failing'
}

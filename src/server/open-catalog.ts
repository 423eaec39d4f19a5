import type { Log } from '../log.ts'
import type { CatalogMode } from '../store/catalog.ts'
import { storageTroubleOf } from '../store/storage-error.ts'

export interface OpenedCatalog<C> {
  readonly catalog: C
  /** False: it is empty, and takes nothing, for want of room for the real one. */
  readonly isReal: boolean
}

/**
 * Opens the catalog, on a disk that is full too: what is here can be served, and everything else passed on. A
 * catalog that is shared with other processes needs some room beside it; one that needs steps to the current
 * format needs more, and without them is as good as none.
 * @throws CatalogTooNew, or what is wrong with the file
 */
export function openCatalog<C>(open: (mode: CatalogMode) => C, log: Log): OpenedCatalog<C> {
  try {
    return { catalog: open('shared'), isReal: true }
  } catch (error) {
    requireFull(error)
  }
  try {
    const catalog = open('alone')
    log.warn({ event: 'catalog.alone' }, 'the storage is full: no other program can read the catalog for now')
    return { catalog, isReal: true }
  } catch (error) {
    requireFull(error)
    log.error(
      { event: 'catalog.unopened', err: error },
      'the storage is full, and its catalog cannot be opened: everything is passed through and nothing is kept ' +
        'until there is room and the server is started again',
    )
    return { catalog: open('empty'), isReal: false }
  }
}

function requireFull(error: unknown): void {
  if (storageTroubleOf(error)?.kind !== 'full') throw error
}

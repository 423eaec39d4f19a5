import type { BlobStore } from '../../src/store/blob-store.ts'
import type { Ingests } from '../../src/store/ingest.ts'

/** A new and empty storage. Disposing it fails the test when something was left open. */
export interface OpenedStorage extends AsyncDisposable {
  readonly store: BlobStore
  readonly ingests: Ingests
}

export type OpenStorage = () => Promise<OpenedStorage>

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { BlobStore } from '../store/blob-store.ts'
import type { BlobCatalog } from '../store/catalog.ts'
import type { BlobShelf } from './blob-shelf.ts'
import type { Fill } from './fill.ts'
import type { Proofs } from './proofs.ts'
import type { SmallCopy } from './small-copy.ts'
import type { StorageHealth } from './storage-health.ts'

export interface FillKeeperParts {
  readonly store: BlobStore
  readonly shelf: BlobShelf
  readonly blobs: BlobCatalog
  readonly proofs: Proofs
  readonly health: StorageHealth
  readonly clock: Clock
  readonly log: Log
}

/** Puts what a download brought where the next who asks finds it. */
export class FillKeeper {
  readonly #parts: FillKeeperParts

  constructor(parts: FillKeeperParts) {
    this.#parts = parts
  }

  /**
   * @param copy of a small blob, for when the storage does not take it
   * @returns whether it is in the storage
   */
  async keep(fill: Fill, copy: SmallCopy): Promise<boolean> {
    const { proofs, shelf, log } = this.#parts
    const { target, digest } = fill
    // Before it is found on the disk: whoever finds it there need not ask whether it may be read.
    await proofs.record(target, digest, target.access.askAs)
    const isKept = fill.ingest.kept && (await this.#commit(fill))
    if (isKept) this.#logCommitted(fill)
    else {
      await copy.leaveTo(shelf)
      log.debug({ event: 'blob.passed', digest }, 'blob passed through, not cached')
    }
    return isKept
  }

  /** Readers have everything by now: a storage that takes it not is no failure of theirs. */
  async #commit({ ingest, digest }: Fill): Promise<boolean> {
    const { store, blobs, health, clock } = this.#parts
    const sizeBytes = ingest.acceptedBytes
    if (!(await health.try(() => store.commit(ingest)))) return false
    if (await health.try(() => blobs.put(digest, sizeBytes, clock.now()))) {
      health.worked()
      return true
    }
    // Without its row nobody finds the file, and it takes room.
    await health.try(() => store.delete(digest))
    await ingest.close()
    return false
  }

  #logCommitted({ target, digest, ingest, upstreamRequests }: Fill): void {
    const { policy, repository } = target
    const sizeBytes = ingest.acceptedBytes
    const event = { event: 'blob.committed', upstream: policy.name, repository, digest, sizeBytes }
    this.#parts.log.info({ ...event, upstreamRequests }, 'blob cached')
  }
}

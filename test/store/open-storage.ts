import { expect } from 'vitest'
import { DiskBlobStore } from '../../src/store/disk-blob-store.ts'
import { DiskIngests } from '../../src/store/disk-ingests.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import type { OpenedStorage } from '../contract/opened-storage.ts'
import { CAN_LIST_DESCRIPTORS, openBelow } from '../support/open-descriptors.ts'
import { makeTempDir } from '../support/temp-dir.ts'

export interface OpenedDiskStorage extends OpenedStorage {
  readonly layout: StorageLayout
  readonly store: DiskBlobStore
  readonly ingests: DiskIngests
}

export async function openDiskStorage(): Promise<OpenedDiskStorage> {
  const dir = await makeTempDir()
  const layout = new StorageLayout(dir.path)
  await layout.create()
  return {
    layout,
    store: new DiskBlobStore(layout),
    ingests: new DiskIngests(layout),
    [Symbol.asyncDispose]: async () => {
      const left = CAN_LIST_DESCRIPTORS ? openBelow(dir.path) : []
      await dir[Symbol.asyncDispose]()
      expect(left, 'files that are still open').toEqual([])
    },
  }
}

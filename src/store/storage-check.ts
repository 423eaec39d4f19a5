import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StorageLayout } from './storage-layout.ts'

/** Writes and removes a small file where ingests go. Rejects with the file system's error. */
export async function checkStorage(layout: StorageLayout): Promise<void> {
  const path = join(layout.ingests, '.check')
  await writeFile(path, 'entrepot\n')
  await rm(path, { force: true })
}

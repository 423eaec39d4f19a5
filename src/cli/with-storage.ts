import type { CliContext } from './context.ts'
import type { OpenedStorage } from './open-storage.ts'
import type { StorageFlags } from './storage-flags.ts'

/**
 * Runs the work of a command on the storage that its flags mean, and lets go of it in every case.
 * @param options.create makes a storage where there is none
 */
export async function withStorage<T>(
  flags: StorageFlags,
  context: CliContext,
  work: (opened: OpenedStorage) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const { openStorage } = await import('./open-storage.ts')
  const opened = await openStorage(flags, context, create)
  try {
    return await work(opened)
  } finally {
    await opened.close()
  }
}

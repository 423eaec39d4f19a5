import type { CacheControl } from '../server/control/cache-control.ts'
import type { CliContext } from './context.ts'
import type { StorageFlags } from './storage-flags.ts'

/** Runs the work of a command on the cache that its flags mean, and lets go of that in every case. */
export async function withCache<T>(
  flags: StorageFlags,
  context: CliContext,
  work: (cache: CacheControl) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const { openCache } = await import('./open-cache.ts')
  const opened = await openCache(flags, context, create)
  try {
    return await work(opened.cache)
  } finally {
    await opened.close()
  }
}

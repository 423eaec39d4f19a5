import type { CacheControl } from '../server/control/cache-control.ts'
import type { CliContext } from './context.ts'
import type { StorageFlags } from './storage-flags.ts'
import { withStorage } from './with-storage.ts'

/** Runs the work of a command on the cache that its flags mean, and lets go of it in every case. */
export async function withCache<T>(
  flags: StorageFlags,
  context: CliContext,
  work: (cache: CacheControl) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  return withStorage(flags, context, ({ cache }) => work(cache), { create })
}

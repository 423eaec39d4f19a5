import type { Clock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../log.ts'
import { aboutServer } from './about.ts'
import { openContext } from './context.ts'
import type { AccessControl } from './control/access-control.ts'
import { AccessOperations } from './control/access-operations.ts'
import type { CacheControl } from './control/cache-control.ts'
import { CacheOperations } from './control/operations.ts'
import type { AboutReply } from './schemas/about.ts'

export interface StoppedStorageOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
  /** Makes a storage where there is none. */
  readonly create: boolean
}

export interface StoppedStorage {
  readonly cache: CacheControl
  readonly access: AccessControl
  about(): Promise<AboutReply>
  close(): Promise<void>
}

/**
 * Opens a storage that no server has, to look after it. It is owned until it is closed: a server that is started
 * meanwhile is refused.
 * @throws StorageInUseError, StorageMissing, CatalogTooNew, or the file system's error
 */
export async function openStoppedStorage(options: StoppedStorageOptions): Promise<StoppedStorage> {
  const { settings, clock, log, create } = options
  const context = await openContext({ settings, clock, log, upstreamTiming: {}, mustExist: !create })
  return {
    cache: new CacheOperations(context),
    access: new AccessOperations(context),
    about: async () =>
      aboutServer(settings, { groups: context.access.groups.list().map(({ path }) => path) }),
    close: () => context.close(),
  }
}

import { type LoadedSettings, loadSettings } from '../../config/load.ts'
import type { CliContext } from '../context.ts'
import { cacheHome } from '../user-directories.ts'

export interface LocalServerFlags {
  readonly storage?: string
  readonly settings?: string
}

export interface LocalStorage {
  /** Of the cache that would be started. Without a word of the user it is not in the folder where they work. */
  readonly path: string
  /** Where a server may run already, in the order in which they are tried. */
  readonly places: readonly string[]
  readonly loaded: LoadedSettings
}

/**
 * Where the cache of this machine is, that jobs pull through.
 * @throws SettingsError
 */
export async function findLocalStorage(
  flags: LocalServerFlags,
  { env, cwd, stderr }: CliContext,
): Promise<LocalStorage> {
  const argv = { config: flags.settings, storage: flags.storage }
  const loaded = await loadSettings({ argv, env, cwd, isTerminal: stderr.isTTY === true })
  const chosen = loaded.settings.storage.path
  const path = loaded.isStorageChosen ? chosen : cacheHome(env)
  return { path, places: [...new Set([chosen, path])], loaded }
}

import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where what this program keeps for a user belongs (XDG Base Directory Specification). */
export function cacheHome({ XDG_CACHE_HOME, HOME }: NodeJS.ProcessEnv): string {
  // Relative paths are invalid there, and ignored.
  const caches = XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : join(HOME || homedir(), '.cache')
  return join(caches, 'entrepot')
}

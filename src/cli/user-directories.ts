import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where what this program keeps for a user belongs (XDG Base Directory Specification): it can be made again. */
export function cacheHome({ XDG_CACHE_HOME, HOME }: NodeJS.ProcessEnv): string {
  return ownDirectory(XDG_CACHE_HOME, HOME, '.cache')
}

/** Where what programs remember of a user's runs belongs. */
export function stateHome({ XDG_STATE_HOME, HOME }: NodeJS.ProcessEnv): string {
  return ownDirectory(XDG_STATE_HOME, HOME, '.local/state')
}

/** The caches of jobs, of all runners of a user and of all their runs. */
export function jobCaches(env: NodeJS.ProcessEnv): string {
  return join(cacheHome(env), 'jobs')
}

/** Relative paths are invalid there, and ignored. */
function ownDirectory(set: string | undefined, home: string | undefined, usual: string): string {
  const directory = set?.startsWith('/') ? set : join(home || homedir(), usual)
  return join(directory, 'entrepot')
}

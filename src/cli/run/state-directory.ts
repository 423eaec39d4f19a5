import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where what programs remember of a user's runs belongs (XDG Base Directory Specification). */
export function stateDirectory({ XDG_STATE_HOME, HOME }: NodeJS.ProcessEnv): string {
  // Relative paths are invalid there, and ignored.
  const state = XDG_STATE_HOME?.startsWith('/') ? XDG_STATE_HOME : join(HOME || homedir(), '.local/state')
  return join(state, 'entrepot')
}

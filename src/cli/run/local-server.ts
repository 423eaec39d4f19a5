import { homedir } from 'node:os'
import { join } from 'node:path'
import { loadSettings } from '../../config/load.ts'
import { controlSocketPath } from '../../server/control-socket.ts'
import { type CliContext, EXIT_REFUSED } from '../context.ts'
import { Attachment } from './attachment.ts'
import { RunRefused } from './run-refused.ts'
import { startDetached } from './start-detached.ts'

/** Opening a large storage after a crash takes a moment. */
const START_DEADLINE_MS = 60_000
const POLL_MS = 50
const ATTACH_DEADLINE_MS = 5_000

export interface LocalServerFlags {
  readonly storage?: string
  readonly settings?: string
}

export interface LocalServer {
  readonly socketPath: string
  /** Lets go of it. */
  close(): void
}

/**
 * The server on this machine that jobs pull through: one that runs already, else one that is started for this run
 * and those after it.
 * @throws SettingsError, RunRefused
 */
export async function holdLocalServer(flags: LocalServerFlags, context: CliContext): Promise<LocalServer> {
  const { env, cwd, stderr } = context
  const argv = { config: flags.settings, storage: flags.storage }
  const loaded = await loadSettings({ argv, env, cwd, isTerminal: stderr.isTTY === true })
  for (const warning of loaded.warnings) stderr.write(`entrepot: ${warning}\n`)
  // Without a word of the user nothing is kept in the folder where they work.
  const chosen = loaded.settings.storage.path
  const storage = loaded.isStorageChosen ? chosen : runStorage(env)
  for (const place of new Set([chosen, storage])) {
    const held = await attach(place)
    if (held !== undefined) return held
  }
  return start({ storage, config: loaded.source }, context)
}

/** Where caches of users belong (XDG Base Directory Specification). */
function runStorage(env: NodeJS.ProcessEnv): string {
  const { XDG_CACHE_HOME, HOME } = env
  // Relative paths are invalid there, and ignored.
  const caches = XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : join(HOME || homedir(), '.cache')
  return join(caches, 'entrepot')
}

async function attach(storage: string): Promise<LocalServer | undefined> {
  const socketPath = controlSocketPath(storage)
  const attachment = await Attachment.open(socketPath, ATTACH_DEADLINE_MS)
  return attachment && { socketPath, close: () => attachment.close() }
}

async function start(
  order: { storage: string; config: string | undefined },
  context: CliContext,
): Promise<LocalServer> {
  const { stderr, clock } = context
  const server = await startDetached(order, context)
  stderr.write(
    `entrepot: started a cache for this and the next runs, on ${order.storage} (pid ${server.pid})\n`,
  )
  let ended: { readonly code: number | null } | undefined
  server.ended.then((code) => {
    ended = { code }
  })
  for (let waitedMs = 0; waitedMs < START_DEADLINE_MS; waitedMs += POLL_MS) {
    // Looked at before the last try. One that was refused left the storage to another run's, which is as good.
    const hasFailed = ended !== undefined && ended.code !== EXIT_REFUSED
    const held = await attach(order.storage)
    if (held !== undefined) return held
    if (hasFailed) break
    await clock.sleep(POLL_MS)
  }
  throw new RunRefused(`the cache on ${order.storage} did not start: ${server.logFile} says why`)
}

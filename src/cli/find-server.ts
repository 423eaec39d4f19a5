import { loadSettings } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import { aboutServer } from '../server/about.ts'
import { controlSocketPath } from '../server/control-socket.ts'
import type { AboutReply } from '../server/schemas/about.ts'
import type { CliContext } from './context.ts'
import { isListening, ServerClient } from './server-client.ts'
import type { StorageFlags } from './storage-flags.ts'

export interface FoundServer {
  readonly settings: Settings
  /** Of the running server, else as the settings would have it. */
  readonly about: AboutReply
  readonly isRunning: boolean
}

/**
 * The server that the settings mean. A running one knows better than they do: it may have been given flags.
 * @throws SettingsError, ControlError
 */
export async function findServer(flags: StorageFlags, context: CliContext): Promise<FoundServer> {
  const { env, cwd, stderr } = context
  const argv = { config: flags.config, storage: flags.storage }
  const { settings, warnings } = await loadSettings({ argv, env, cwd, isTerminal: stderr.isTTY === true })
  for (const warning of warnings) stderr.write(`entrepot: ${warning}\n`)
  const socket = controlSocketPath(settings.storage.path)
  if (!(await isListening(socket))) return { settings, about: aboutServer(settings), isRunning: false }
  const client = new ServerClient(socket)
  try {
    return { settings, about: await client.about(), isRunning: true }
  } finally {
    await client.close()
  }
}

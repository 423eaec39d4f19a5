import { loadSettings } from '../config/load.ts'
import { secretsOf } from '../config/secrets-of.ts'
import type { Settings } from '../config/settings.ts'
import type { AccessControl } from '../server/control/access-control.ts'
import type { CacheControl } from '../server/control/cache-control.ts'
import { ControlError } from '../server/control/errors.ts'
import { controlSocketPath } from '../server/control-socket.ts'
import { createLogger } from '../server/logger.ts'
import type { AboutReply } from '../server/schemas/about.ts'
import { StorageInUseError } from '../store/errors.ts'
import { AccessClient } from './access-client.ts'
import type { CliContext } from './context.ts'
import { isListening, ServerClient } from './server-client.ts'
import type { StorageFlags } from './storage-flags.ts'

/** A server that starts has the lock a moment before its socket. */
const START_TRIES = 20
const START_POLL_MS = 100

export interface OpenedStorage {
  readonly cache: CacheControl
  readonly access: AccessControl
  /** Of the server that runs on it, else as the settings would have it. */
  about(): Promise<AboutReply>
  readonly isRunning: boolean
  close(): Promise<void>
}

/**
 * What can be done with a storage: through the server that runs on it, else by owning it for the moment.
 * @param create makes a storage where there is none
 * @throws SettingsError, StorageMissing, ControlError, CatalogTooNew
 */
export async function openStorage(
  flags: StorageFlags,
  context: CliContext,
  create: boolean,
): Promise<OpenedStorage> {
  const { env, cwd, stderr, clock } = context
  const argv = { config: flags.config, storage: flags.storage }
  const { settings, warnings } = await loadSettings({ argv, env, cwd, isTerminal: stderr.isTTY === true })
  for (const warning of warnings) stderr.write(`entrepot: ${warning}\n`)
  const socket = controlSocketPath(settings.storage.path)
  for (let tries = 1; ; tries += 1) {
    if (await isListening(socket)) {
      const client = new ServerClient(socket)
      return {
        cache: client,
        access: new AccessClient(client),
        about: () => client.about(),
        isRunning: true,
        close: () => client.close(),
      }
    }
    try {
      return await openStopped(settings, context, create)
    } catch (error) {
      if (!(error instanceof StorageInUseError)) throw error
      if (tries === START_TRIES) throw unreachable(error)
      await clock.sleep(START_POLL_MS)
    }
  }
}

async function openStopped(settings: Settings, context: CliContext, create: boolean): Promise<OpenedStorage> {
  const { openStoppedStorage } = await import('../server/open-stopped.ts')
  const { stderr, clock } = context
  const colour = stderr.isTTY === true && stderr.hasColors?.() === true
  const destination = { write: (line: string) => void stderr.write(line) }
  const { format } = settings.log
  const log = createLogger({ level: 'warn', format, colour, destination, secrets: secretsOf(settings) })
  const stopped = await openStoppedStorage({ settings, clock, log, create })
  return { ...stopped, isRunning: false }
}

function unreachable(error: StorageInUseError): ControlError {
  const who = error.pid === undefined ? 'another process' : `process ${error.pid}`
  const message = `${who} has the storage ${error.path} and cannot be asked: it has no control.sock, its log says why`
  return new ControlError('failed', message, error)
}

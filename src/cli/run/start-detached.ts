import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { CliContext } from '../context.ts'

/** Long enough for the next run of the same person, short enough that nobody finds it the day after. */
const IDLE_EXIT = '5m'

/** Variables that are for us, not for a server. */
const OWN_VARIABLES = /^ENTREPOT_(URL|TOKEN|GROUP|ENGINE_ADDRESS|JOB_ADDRESS|LISTEN|EXTERNAL_URL)$/

export interface DetachedServer {
  readonly pid: number | undefined
  readonly logFile: string
  /** Resolves when it is gone. */
  readonly ended: Promise<number | null>
}

export interface DetachedOrder {
  readonly storage: string
  /** The settings file, when there is one. */
  readonly config: string | undefined
}

/** Starts a server that outlives us, and leaves when nobody needs it. Its log is in its storage. */
export async function startDetached(
  { storage, config }: DetachedOrder,
  { self: [program, ...options], env, cwd }: CliContext,
): Promise<DetachedServer> {
  await mkdir(storage, { recursive: true, mode: 0o700 })
  const logFile = join(storage, 'serve.log')
  const { O_CREAT, O_WRONLY, O_APPEND } = constants
  const log = await open(logFile, O_CREAT | O_WRONLY | O_APPEND, 0o600)
  try {
    // One start at a time gets the storage: whoever does not, writes a line and leaves.
    await log.truncate()
    const flags = ['--storage', storage, '--listen', '127.0.0.1:0', '--idle-exit', IDLE_EXIT]
    const settings = config === undefined ? [] : ['--config', config]
    const child = spawn(program, [...options, 'serve', ...flags, ...settings, '--log-format', 'json'], {
      cwd,
      env: Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_VARIABLES.test(name))),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    const ended = new Promise<number | null>((resolve) => {
      child.once('exit', resolve)
      child.once('error', () => resolve(null))
    })
    child.unref()
    return { pid: child.pid, logFile, ended }
  } finally {
    await log.close()
  }
}

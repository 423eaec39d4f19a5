import { describeSettings } from '../config/describe.ts'
import type { CommandLineSettings } from '../config/flags.ts'
import { loadSettings } from '../config/load.ts'
import { secretsOf } from '../config/secrets-of.ts'
import type { Log } from '../log.ts'
import { createLogger, type LogPart } from '../server/logger.ts'
import type { RunningServer, startServer } from '../server/start.ts'
import { version } from '../version.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK } from './context.ts'
import { firstPullHints } from './first-pull.ts'
import { StopRequest } from './stop-request.ts'

/** How long readers may go on after the wish to stop: as long as Kubernetes waits before it kills. */
const GRACE_MS = 30_000

/** For what comes after the readers: files are closed, and a little patience with a slow disk. */
const CLOSE_DEADLINE_MS = GRACE_MS + 10_000

export type StartServer = typeof startServer

export interface ServeOptions {
  /** How long nobody may have asked anything; absent: it stays. */
  readonly idleExitMs?: number | undefined
  /** See LoggerOptions. */
  readonly part?: LogPart
}

/**
 * Runs a server until a signal asks it to stop, or nobody has asked anything for long.
 * @returns the exit code
 * @throws SettingsError, StorageInUseError, or what kept the server from starting
 */
export async function serveUntilStopped(
  flags: CommandLineSettings,
  context: CliContext,
  start: StartServer,
  { idleExitMs, part }: ServeOptions = {},
): Promise<number> {
  const { env, cwd, stdout, signals, clock, exit } = context
  const isTerminal = stdout.isTTY === true
  const { settings, source, warnings } = await loadSettings({ argv: flags, env, cwd, isTerminal })
  const colour = isTerminal && stdout.hasColors?.() === true
  const log = createLogger({
    ...settings.log,
    colour,
    secrets: secretsOf(settings),
    ...(part !== undefined && { part }),
  })
  const described = { settings: describeSettings(settings), source, version }
  log.info({ event: 'server.starting', ...described }, `entrepot ${version} starts`)
  for (const warning of warnings) log.warn({ event: 'settings.warning' }, warning)
  const stop = new StopRequest(signals, exit)
  const ended = new AbortController()
  try {
    const server = await start({ settings, log, clock })
    const { addresses, jobsAddress, metricsAddress } = server
    log.info({ event: 'server.listening', addresses }, `listening on ${addresses.join(' and ')}`)
    if (jobsAddress !== undefined)
      log.info(
        { event: 'jobs.listening', address: jobsAddress },
        `${jobsAddress} asks everybody for credentials`,
      )
    if (metricsAddress !== undefined)
      log.info(
        { event: 'metrics.listening', address: metricsAddress },
        `metrics on ${metricsAddress}/metrics`,
      )
    if (settings.log.format === 'pretty') {
      for (const hint of firstPullHints(addresses, settings.externalUrl))
        log.info({ event: 'server.hint' }, hint)
    }
    const signal = await Promise.race([stop.requested, idle(server, idleExitMs, ended.signal)])
    const why = signal === 'idle' ? 'nobody has asked anything for long: ' : ''
    const told = `${why}stopping: no new requests, running ones may finish`
    log.info({ event: 'server.stopping', signal }, told)
    return await close(server, log, context)
  } finally {
    ended.abort()
    stop[Symbol.dispose]()
  }
}

/** Never, for a server that stays. */
async function idle(
  { activity }: Pick<RunningServer, 'activity'>,
  idleMs: number | undefined,
  signal: AbortSignal,
): Promise<'idle'> {
  if (idleMs === undefined) return new Promise(() => {})
  try {
    await activity.idle(idleMs, signal)
    return 'idle'
  } catch (error) {
    // Stopped for another reason: nobody waits for this one any more.
    if (signal.aborted) return 'idle'
    throw error
  }
}

async function close(server: RunningServer, log: Log, { clock, exit }: CliContext): Promise<number> {
  const closed = new AbortController()
  const deadline = clock.sleep(CLOSE_DEADLINE_MS, closed.signal).then(
    () => {
      log.error({ event: 'server.stop_timed_out' }, 'stopping took too long: ending now')
      exit(EXIT_FAILED)
      return EXIT_FAILED
    },
    () => EXIT_OK,
  )
  const stopped = server.close({ graceMs: GRACE_MS }).then(() => {
    log.info({ event: 'server.stopped' }, 'stopped')
    return EXIT_OK
  })
  try {
    return await Promise.race([stopped, deadline])
  } finally {
    closed.abort()
  }
}

import { loadSettings } from '../../config/load.ts'
import { type CliContext, EXIT_FAILED, type SignalSource } from '../context.ts'
import { runRunners } from '../runner/run-runners.ts'
import type { RunnerLogFlags } from '../runner/runner-log.ts'
import { HeldServer } from './held-server.ts'
import { RelayedSignals } from './relayed-signals.ts'

export interface StartFlags extends RunnerLogFlags {
  /** config.toml */
  readonly config?: string
  /** entrepot.yaml */
  readonly settings?: string
  readonly storage?: string
  readonly listen?: readonly string[]
  readonly group?: string
  readonly engineAddress?: string
  readonly jobAddress?: string
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs a cache, and the runners of a config.toml with it: these in this process, the cache in a child of it, so that
 * neither waits for what the other computes. The runners end first, then the cache; when the cache ends by itself, so
 * do the runners.
 * @returns the exit code: that of the cache when it ended first
 * @throws SettingsError, FileUnreadable, RunnerConfigError
 */
export async function startBoth(flags: StartFlags, context: CliContext): Promise<number> {
  const { env, cwd } = context
  const argv = { config: flags.settings, storage: flags.storage }
  // Mistakes are found before anything is started.
  const { settings } = await loadSettings({ argv, env, cwd, isTerminal: context.stdout.isTTY === true })
  const server = HeldServer.start({ flags: serveFlags(flags), storage: settings.storage.path }, context)
  using signals = new RelayedSignals(context.signals)
  let hasEndedFirst = true
  void server.ended.then(() => hasEndedFirst && signals.stop())
  const exit = (code: number): void => {
    server.kill()
    context.exit(code)
  }
  const { ENTREPOT_URL: _, ...ownEnv } = env
  let code: number
  try {
    code = await runRunners(
      runnerFlags(flags),
      { ...context, signals, exit, env: ownEnv },
      {
        holdServer: () => server.hold(),
        part: 'runner',
      },
    )
  } finally {
    hasEndedFirst = server.isOver
    await stop(server, context.signals)
  }
  const serverCode = await server.ended
  // One that nobody has asked to end did not do well, whatever it says.
  if (hasEndedFirst) return serverCode || EXIT_FAILED
  return code || serverCode
}

/** Whoever has waited for the runners and does not want to wait for the cache says it once more. */
async function stop(server: HeldServer, signals: SignalSource): Promise<void> {
  const kill = (): void => server.kill()
  for (const signal of STOP_SIGNALS) signals.on(signal, kill)
  try {
    await server.stop()
  } finally {
    for (const signal of STOP_SIGNALS) signals.off(signal, kill)
  }
}

function runnerFlags({ listen: _, ...flags }: StartFlags) {
  return flags
}

function serveFlags({ settings, storage, listen = [], logLevel, logFormat }: StartFlags): readonly string[] {
  const given = { config: settings, storage, 'log-level': logLevel, 'log-format': logFormat }
  const single = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  )
  return [...single, ...listen.flatMap((address) => ['--listen', address])]
}

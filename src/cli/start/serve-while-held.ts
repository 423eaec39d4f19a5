import type { CommandLineSettings } from '../../config/flags.ts'
import type { CliContext } from '../context.ts'
import { type StartServer, serveUntilStopped } from '../serve-until-stopped.ts'
import { HolderSignals } from './holder-signals.ts'

/**
 * Runs a server for whoever started this process, until that one ends, or says that it is enough.
 * @returns the exit code
 * @throws as serveUntilStopped
 */
export async function serveWhileHeld(
  flags: CommandLineSettings,
  context: CliContext,
  start: StartServer,
): Promise<number> {
  using signals = new HolderSignals(context)
  return await serveUntilStopped(flags, { ...context, signals }, start, { part: 'cache' })
}

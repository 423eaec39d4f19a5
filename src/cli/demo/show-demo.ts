import { createLogger } from '../../server/logger.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK } from '../context.ts'
import { paletteFor } from '../palette.ts'
import type { StartServer } from '../serve-until-stopped.ts'
import { CommandStopped, StopRequest } from '../stop-request.ts'
import { NEXT, renderStep, renderSummary } from './render-demo.ts'
import { type DemoStep, runDemo } from './run-demo.ts'

export interface DemoFlags {
  readonly json?: boolean
}

/** Prints what the demonstration does. @returns the exit code */
export async function showDemo(flags: DemoFlags, context: CliContext, start: StartServer): Promise<number> {
  const { stdout, stderr, clock, env } = context
  const paint = paletteFor(stdout, env)
  const destination = { write: (line: string) => void stderr.write(line) }
  const log = createLogger({ level: 'error', format: 'pretty', colour: false, destination })
  const steps: DemoStep[] = []
  const onStep = (step: DemoStep): void => {
    steps.push(step)
    if (!flags.json) stdout.write(`${renderStep(step, steps.length === 1, paint)}\n`)
  }
  using stop = new StopRequest(context.signals, context.exit)
  const aborted = new AbortController()
  void stop.requested.then((signal) => aborted.abort(new CommandStopped(signal)))
  try {
    await runDemo({ start, clock, log, signal: aborted.signal, onStep })
  } catch (error) {
    if (aborted.signal.reason instanceof CommandStopped) return aborted.signal.reason.exitCode
    throw error
  }
  const isVerified = steps.every(({ requests }) => requests.every((request) => request.isVerified))
  stdout.write(flags.json ? `${JSON.stringify({ steps, isVerified })}\n` : renderSummary(steps, paint) + NEXT)
  return isVerified ? EXIT_OK : EXIT_FAILED
}

import { Command } from 'commander'
import { type CliContext, EXIT_FAILED, EXIT_OK, type RunCommand } from '../context.ts'
import type { DemoStep } from '../demo/run-demo.ts'
import { paletteFor } from '../palette.ts'
import type { StartServer } from '../serve-until-stopped.ts'
import { CommandStopped, StopRequest } from '../stop-request.ts'

interface DemoFlags {
  readonly json?: boolean
}

export function demoCommand(
  context: CliContext,
  run: RunCommand,
  loadServer: () => Promise<StartServer>,
): Command {
  return new Command('demo')
    .description('show what it does, without Docker and without the internet')
    .option('--json', 'print JSON')
    .addHelpText('after', EXPLANATION)
    .action((flags: DemoFlags) => run(async () => demo(flags, context, await loadServer())))
}

const EXPLANATION = `
A small registry with an image for two platforms, and a cache on a temporary
storage, both in this process. The image is pulled, the registry is stopped, and
it is pulled again. UPSTREAM is how often the registry was asked meanwhile.

The exit code is 0 when the digest of everything that was pulled is right.
`

async function demo(flags: DemoFlags, context: CliContext, start: StartServer): Promise<number> {
  const { runDemo } = await import('../demo/run-demo.ts')
  const { NEXT, renderStep, renderSummary } = await import('../demo/render-demo.ts')
  const { createLogger } = await import('../../server/logger.ts')
  const { stdout, stderr, clock } = context
  const paint = paletteFor(stdout)
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

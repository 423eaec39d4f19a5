import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import type { RunnerUnregisterFlags } from '../runner/unregister-runners.ts'

export function runnerUnregisterCommand(context: CliContext, run: RunCommand): Command {
  return new Command('unregister')
    .description('make servers forget runners, and cut those out of config.toml')
    .option('-c, --config <file>', 'config.toml')
    .option('-n, --name <name>', 'the runner of this name')
    .option('-t, --token <token>', 'the runner with this token')
    .option('-u, --url <url>', 'only of this server')
    .option('--all-runners', 'all of them')
    .addHelpText('after', EXPLANATION)
    .action((flags: RunnerUnregisterFlags) =>
      run(async () => {
        const { unregisterRunners } = await import('../runner/unregister-runners.ts')
        return unregisterRunners(flags, context)
      }),
    )
}

const EXPLANATION = `
A runner that was made on the server (glrt-) stays there: this machine leaves it.
What a server did not forget stays in config.toml, and all else that stands there.

Exit codes: 0 all are forgotten, 1 one is not, 2 wrong use.
`

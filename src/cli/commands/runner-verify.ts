import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import type { RunnerVerifyFlags } from '../runner/verify-runners.ts'

export function runnerVerifyCommand(context: CliContext, run: RunCommand): Command {
  return new Command('verify')
    .description('ask the servers whether they know the runners of a config.toml')
    .option('-c, --config <file>', 'config.toml')
    .option('-n, --name <name>', 'only runners of this name')
    .option('-u, --url <url>', 'only runners of this server')
    .option('-t, --token <token>', 'only the runner with this token')
    .option('--delete', 'cut those out of the file that their server does not know')
    .addHelpText('after', EXPLANATION)
    .action((flags: RunnerVerifyFlags) =>
      run(async () => {
        const { verifyRunners } = await import('../runner/verify-runners.ts')
        return verifyRunners(flags, context)
      }),
    )
}

const EXPLANATION = `
Nothing in the config.toml is changed without --delete; with it, a runner whose
server cannot be asked stays. The server sees this machine by the
.runner_system_id beside the file, which is made when there is none.

Exit codes: 0 all are known, 1 one is not or its server cannot be asked, 2 wrong use.
`

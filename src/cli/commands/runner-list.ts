import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import type { RunnerListFlags } from '../runner/list-runners.ts'

export function runnerListCommand(context: CliContext, run: RunCommand): Command {
  return new Command('list')
    .description('list the runners of a config.toml')
    .option('-c, --config <file>', 'config.toml')
    .option('--json', 'print JSON')
    .action((flags: RunnerListFlags) =>
      run(async () => {
        const { listRunners } = await import('../runner/list-runners.ts')
        return listRunners(flags, context)
      }),
    )
}

import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import { runnerListCommand } from './runner-list.ts'
import { runnerRegisterCommand } from './runner-register.ts'
import { runnerRunCommand } from './runner-run.ts'
import { runnerUnregisterCommand } from './runner-unregister.ts'
import { runnerVerifyCommand } from './runner-verify.ts'

const KEEPING_COMMANDS = [
  runnerRegisterCommand,
  runnerListCommand,
  runnerVerifyCommand,
  runnerUnregisterCommand,
]
const RUNNER_COMMANDS = [...KEEPING_COMMANDS, runnerRunCommand]

/** Also without `runner` in front: the entry of an image is this program, as GitLab Runner's is of its own. */
export function runnerAliases(context: CliContext, run: RunCommand): readonly Command[] {
  return KEEPING_COMMANDS.map((command) => command(context, run))
}

export function runnerCommand(context: CliContext, run: RunCommand): Command {
  const runner = new Command('runner')
    .description('the runners of a config.toml, and the servers that know them')
    .helpCommand(false)
    .addHelpText('after', EXPLANATION)
  for (const command of RUNNER_COMMANDS) runner.addCommand(command(context, run))
  return runner
}

const EXPLANATION = `
The config.toml is GitLab Runner's own: /etc/gitlab-runner/config.toml for root,
~/.gitlab-runner/config.toml for others, or --config (CONFIG_FILE).
`

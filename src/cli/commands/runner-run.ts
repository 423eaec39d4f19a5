import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import { addLogFlags } from '../log-flags.ts'
import { addProxyFlags } from '../run/proxy-flags.ts'
import type { RunnerRunFlags } from '../runner/run-runners.ts'

export function runnerRunCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('run')
    .description('take jobs from the servers of a config.toml, and run them in containers')
    .option('-c, --config <file>', 'config.toml')
  addProxyFlags(command, 'the group to pull as; may name $CI_PROJECT_NAMESPACE (default: default)')
  addLogFlags(command, 'of the log (default: log_level, else info)', 'of the log (default: log_format)')
  return command.addHelpText('after', EXPLANATION).action((flags: RunnerRunFlags) =>
    run(async () => {
      const { runRunners } = await import('../runner/run-runners.ts')
      return runRunners(flags, context)
    }),
  )
}

const EXPLANATION = `
Flags win over the [runners.entrepot] of every runner. The file is read again when it
changes, and on SIGHUP: what is new begins, what is gone takes no more jobs. A file with
mistakes changes nothing; the log names them.

A token that expires is renewed after three quarters of its life, and written into the
file, unless FF_DISABLE_AUTOMATIC_TOKEN_ROTATION is set there.

SIGQUIT: no more jobs, and the end with the last. SIGTERM and SIGINT: jobs are ended, for
shutdown_timeout at most; a second one ends at once. What a crash left is removed at the
next start, and servers are told of its jobs.

With listen_address in the file, /metrics is told there for Prometheus.

Exit codes: 0 stopped, 1 something did not end in time, 2 a config.toml that cannot be used.
`

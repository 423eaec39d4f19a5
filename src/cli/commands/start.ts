import { Command } from 'commander'
import { collect } from '../collect.ts'
import type { CliContext, RunCommand } from '../context.ts'
import { addLogFlags } from '../log-flags.ts'
import { addAddressFlags } from '../run/proxy-flags.ts'
import type { StartFlags } from '../start/start-both.ts'

export function startCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('start')
    .description('run the cache and the runners of a config.toml together')
    .option('-c, --config <file>', 'config.toml of the runners')
    .option('--settings <file>', 'settings file of the cache (default: entrepot.yaml in this directory)')
    .option('--storage <dir>', 'directory that keeps what was pulled (default: ./storage)')
    .option(
      '--listen <host:port>',
      'address of the cache; can be repeated (default: 127.0.0.1:5000)',
      collect,
    )
  addAddressFlags(command, 'the group to pull as; may name $CI_PROJECT_NAMESPACE (default: default)')
  addLogFlags(command, 'of both logs (default: as each is set)', 'of both logs (default: as each is set)')
  return command.addHelpText('after', EXPLANATION).action((flags: StartFlags) =>
    run(async () => {
      const { startBoth } = await import('../start/start-both.ts')
      return startBoth(flags, context)
    }),
  )
}

const EXPLANATION = `
The usual installation: what \`entrepot serve\` and \`entrepot runner run\` do, as two processes
of one group. Every line of the log says which of them it is from. A runner whose
[runners.entrepot] names another proxy uses that; ENTREPOT_URL is not looked at.

SIGTERM and SIGINT (Ctrl-C): jobs are ended, then the cache; a second one ends both at once.
SIGQUIT: no more jobs, and the end with the last. SIGHUP: config.toml is read again. When one
of the two ends by itself, the other is ended, too.

Exit codes: those of \`entrepot runner run\`; when the cache ended first, its own, or 128 and
the number of the signal that ended it.

Examples:
  entrepot runner register
  entrepot start --storage /var/lib/entrepot
`

import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import type { ListFlags } from '../run/list-jobs.ts'
import { addProjectFlags } from '../run/project-flags.ts'
import type { RunFlags } from '../run/run-from-file.ts'

export function runCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('run')
    .description('run one CI job in containers, with every image through the cache')
    .option('--job <file>', 'the job, as a GitLab server sends it to a runner (JSON)')
    .option('--list', 'print the jobs of the pipeline of a project, and run none')
    .option('--json', 'with --list: print JSON')
  return addProjectFlags(command)
    .option('--config <file>', 'config.toml of a runner (default: none)')
    .option('--runner <name>', 'which of its runners, where there are several')
    .option(
      '--docker-host <host>',
      'the Docker Engine (default: as --config says, DOCKER_HOST, the usual socket)',
    )
    .option('--proxy <url>', 'the cache, with a token in ENTREPOT_TOKEN (default: that of this machine)')
    .option('--group <path>', 'the group to pull as (default: default)')
    .option('--engine-address <host:port>', 'where the engine reaches the cache (default: 127.0.0.1:PORT)')
    .option('--job-address <host:port>', 'where containers reach it (default: the gateway of the bridge)')
    .option('--storage <dir>', 'where a cache of this machine keeps what was pulled')
    .option('--settings <file>', 'settings file of that cache (default: entrepot.yaml in this directory)')
    .addHelpText('after', EXPLANATION)
    .action((flags: Partial<RunFlags> & ListFlags & { readonly list?: boolean }) =>
      run(async () => {
        if (flags.list) return (await import('../run/list-jobs.ts')).listJobs(flags, context)
        const { job } = flags
        if (job === undefined)
          return command.error('entrepot: --job FILE says which job, or --list lists those of a project')
        const { runFromFile } = await import('../run/run-from-file.ts')
        return runFromFile({ ...flags, job }, context)
      }),
    )
}

const EXPLANATION = `
The log of the job is standard output. Without --proxy the server that runs on the
storage is used; when there is none, one is started in the background, which leaves
when nobody has asked it anything for 5 minutes. Without a storage in the settings
it is $XDG_CACHE_HOME/entrepot.

The exit code is 0 when the job succeeded, 1 when it failed, 2 for a job or a
config.toml that cannot be read, 3 when the engine or the cache cannot be used, and
130 or 143 when a signal ended it. The first signal still runs after_script.

Example:
  entrepot run --job job.json --config /etc/gitlab-runner/config.toml
`

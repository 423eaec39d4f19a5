import { Command, InvalidArgumentError } from 'commander'
import { collect } from '../collect.ts'
import type { CliContext, RunCommand } from '../context.ts'
import type { ListFlags } from '../run/list-jobs.ts'
import { addProjectFlags } from '../run/project-flags.ts'
import type { ProjectRunFlags } from '../run/project-run-flags.ts'
import { addProxyFlags } from '../run/proxy-flags.ts'
import type { RunFlags } from '../run/run-from-file.ts'

type AllFlags = ProjectRunFlags & ListFlags & Partial<RunFlags> & { readonly list?: boolean }

export function runCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('run')
    .description('run the pipeline of a project in containers, with every image through the cache')
    .argument('[job...]', 'only these jobs, whatever their rules say')
    .option('--needs', 'with all that these jobs wait for')
    .option('--list', 'print the jobs of the pipeline, and run none')
    .option('--manual <job>', 'start this manual job; can be repeated', collect)
  return addProxyFlags(addRunFlags(addProjectFlags(command)), 'the group to pull as (default: default)')
    .option('--job <file>', 'instead: one job, as a GitLab server sends it to a runner (JSON)')
    .addHelpText('after', EXPLANATION)
    .action((names: string[], flags: AllFlags) =>
      run(async () => {
        if (flags.list) return (await import('../run/list-jobs.ts')).listJobs(flags, context)
        if (flags.job === undefined)
          return (await import('../run/run-project.ts')).runProject(names, flags, context)
        const { runFromFile } = await import('../run/run-from-file.ts')
        return runFromFile({ ...flags, job: flags.job }, context)
      }),
    )
}

function addRunFlags(command: Command): Command {
  return command
    .option('--concurrency <n>', 'jobs at a time (default: processors, at least 4)', readConcurrency)
    .option('--skip-delays', 'start delayed jobs at once')
    .option('--json', 'print events, one per line (with --list: the jobs)')
    .option('--junit <file>', 'write a report of the jobs')
    .option('--timestamps', 'print when each line came')
    .option('--config <file>', 'config.toml of a runner (default: none)')
    .option('--runner <name>', 'which of its runners, where there are several')
    .option(
      '--docker-host <host>',
      'the Docker Engine (default: as --config says, DOCKER_HOST, the usual socket)',
    )
}

function readConcurrency(value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new InvalidArgumentError('Expected a number from 1.')
  return Number(value)
}

const EXPLANATION = `
Jobs get the work tree as it is: what is tracked, and what is untracked and not
ignored. Nothing is written to it; logs and artifacts are in .entrepot, which git
does not see. Without --proxy the server that runs on the storage is used; when there
is none, one is started in the background, which leaves when nobody has asked it
anything for 5 minutes. Without a storage in the settings it is $XDG_CACHE_HOME/entrepot.

The exit code is 0 when the pipeline succeeded, waits for a manual job or is empty,
1 when a job failed, 2 for a pipeline file, flags or a config.toml that cannot be
used, 3 when the engine or the cache cannot be used, and 130 or 143 when a signal ended
it. The first signal still runs after_script.

Examples:
  entrepot run
  entrepot run test --needs --variable DEBUG=1
  entrepot run --job job.json --config /etc/gitlab-runner/config.toml
`

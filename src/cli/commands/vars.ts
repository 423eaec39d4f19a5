import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import type { VarsFlags } from '../run/print-variables.ts'
import { addProjectFlags } from '../run/project-flags.ts'

export function varsCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('vars')
    .description('print the variables of a job: each with its value, and where it comes from')
    .argument('<job>', 'its name; of a parallel job, that of all or of one')
  return addProjectFlags(command)
    .option('--json', 'print JSON')
    .addHelpText('after', EXPLANATION)
    .action((job: string, flags: VarsFlags) =>
      run(async () => (await import('../run/print-variables.ts')).printVariables(job, flags, context)),
    )
}

const EXPLANATION = `
Values are shown as the job gets them, expanded. Those that are masked are not shown.
What only a run knows is not in the list: CI_JOB_ID, CI_JOB_TOKEN, the credentials
of the cache, and what earlier jobs leave in dotenv reports.
`

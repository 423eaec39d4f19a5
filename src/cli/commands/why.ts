import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import type { WhyFlags } from '../run/explain-job.ts'
import { addProjectFlags } from '../run/project-flags.ts'

export function whyCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('why')
    .description('say why a job is in the pipeline, or is not: which rule matched, with the values')
    .argument('<job>', 'its name; of a parallel job, that of all or of one')
  return addProjectFlags(command)
    .option('--json', 'print JSON')
    .action((job: string, flags: WhyFlags) =>
      run(async () => (await import('../run/explain-job.ts')).explainJob(job, flags, context)),
    )
}

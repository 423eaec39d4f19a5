import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import type { PlanFlags } from '../run/print-plan.ts'
import { addProjectFlags } from '../run/project-flags.ts'

export function planCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('plan').description(
    'print the jobs of a pipeline and their images, what of them is cached, and what a run would pull',
  )
  return addProjectFlags(command)
    .option('--storage <dir>', 'where the cache of this machine keeps what was pulled (default: as for run)')
    .option('--settings <file>', 'settings file of that cache (default: entrepot.yaml in this directory)')
    .option('--json', 'print JSON')
    .action((flags: PlanFlags) =>
      run(async () => (await import('../run/print-plan.ts')).printPlan(flags, context)),
    )
}

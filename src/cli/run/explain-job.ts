import type { DecisionReason } from '../../pipeline/rules/decision.ts'
import { type CliContext, EXIT_OK } from '../context.ts'
import { type Palette, paletteFor } from '../palette.ts'
import { type FoundJob, findJobs } from './find-job.ts'
import { tellNotes } from './pipeline-notes.ts'
import { type PlannedProject, type ProjectFlags, planProject } from './plan-project.ts'
import { printableText } from './view/printable-line.ts'

export interface WhyFlags extends ProjectFlags {
  readonly json?: boolean
}

/** Says why a job is in the pipeline, or is not. @returns the exit code */
export async function explainJob(name: string, flags: WhyFlags, context: CliContext): Promise<number> {
  const { stdout, env } = context
  const project = await planProject(flags, new Set(), context)
  tellNotes(project, context)
  const jobs = findJobs(name, project)
  const lines = flags.json
    ? [JSON.stringify(toJson(jobs, project))]
    : render(name, jobs, project, paletteFor(stdout, env))
  stdout.write(`${lines.join('\n')}\n`)
  return EXIT_OK
}

function toJson(jobs: readonly FoundJob[], { plan }: PlannedProject): object {
  return {
    pipeline: { isCreated: plan.jobs.length > 0, ...plan.reason },
    jobs: jobs.map(({ name, isPlanned, reason, ...job }) => ({
      name,
      isPlanned,
      when: 'when' in job ? job.when : null,
      ...reason,
    })),
  }
}

function render(
  name: string,
  jobs: readonly FoundJob[],
  { plan }: PlannedProject,
  paint: Palette,
): readonly string[] {
  const noPipeline = [
    `${printableText(name)} is not run: there is no pipeline`,
    ...reasonLines(plan.reason, paint),
  ]
  const each = jobs.flatMap((job) => {
    const where = job.isPlanned ? paint.green('is in the pipeline') : paint.yellow('is not in the pipeline')
    return [`${printableText(job.name)} ${where}`, ...reasonLines(job.reason, paint)]
  })
  return plan.jobs.length === 0 ? [...noPipeline, ...each] : each
}

function reasonLines({ summary, rules }: DecisionReason, paint: Palette): readonly string[] {
  const steps = rules.flatMap(({ name, matches, checks }) => [
    `  ${name} ${matches ? paint.green('matches') : paint.dim('does not match')}`,
    ...checks.flatMap(({ holds, asked, found }) => [
      `    ${holds ? paint.green('yes') : paint.red('no ')} ${printableText(asked)}`,
      ...(found === '' ? [] : [paint.dim(`        ${printableText(found)}`)]),
    ]),
  ])
  return [`  ${printableText(summary)}`, ...steps]
}

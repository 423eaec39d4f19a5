import type { PipelinePlan, PlannedJob } from '../../pipeline/plan/planned-job.ts'
import { type CliContext, EXIT_OK } from '../context.ts'
import { truncateDisplay } from '../display-width.ts'
import { paletteFor } from '../palette.ts'
import { type Column, renderTable } from '../table.ts'
import { tellNotes } from './pipeline-notes.ts'
import { type ProjectFlags, planProject } from './plan-project.ts'
import { printableText } from './view/printable-line.ts'

export interface ListFlags extends ProjectFlags {
  readonly json?: boolean
}

const MAX_NAME_COLUMNS = 60

const COLUMNS: readonly Column[] = [
  { title: 'STAGE', align: 'left' },
  { title: 'JOB', align: 'left' },
  { title: 'WHEN', align: 'left' },
  { title: 'FAILURE', align: 'left' },
  { title: 'NEEDS', align: 'left' },
]

/** Prints the jobs of a pipeline, and those that its rules leave out. @returns the exit code */
export async function listJobs(flags: ListFlags, context: CliContext): Promise<number> {
  const { stdout, env } = context
  const project = await planProject(flags, new Set(), context)
  tellNotes(project, context)
  const paint = paletteFor(stdout, env)
  const lines = flags.json
    ? [JSON.stringify(listJson(project.plan))]
    : listLines(project.plan).map((line, index) => (index === 0 ? paint.dim(line) : line))
  stdout.write(`${lines.join('\n')}\n`)
  return EXIT_OK
}

export function listLines({ jobs, absent, reason }: PipelinePlan): readonly string[] {
  const left = absent.map(({ name, reason }) => `  ${shown(name)}: ${reason.summary}`)
  if (jobs.length === 0) return [`there is no pipeline: ${reason.summary}`, ...left]
  return [
    ...renderTable(COLUMNS, jobs.map(cells)),
    ...(left.length === 0 ? [] : ['', 'not in the pipeline:', ...left]),
  ]
}

function cells(job: PlannedJob): readonly string[] {
  const { allowFailure, needs, config } = job
  const allowed =
    typeof allowFailure === 'boolean' ? '' : `allowed: exit code ${allowFailure.exitCodes.join(', ')}`
  return [
    shown(config.stage),
    shown(job.name),
    job.when,
    allowFailure === true ? 'allowed' : allowed,
    needs === undefined ? '' : needs.length === 0 ? 'nothing' : needs.map(shown).join(', '),
  ]
}

function shown(name: string): string {
  return truncateDisplay(printableText(name), MAX_NAME_COLUMNS)
}

/** What `--json` prints of the jobs of a plan. */
export function listJson({ stages, jobs, absent, reason, name }: PipelinePlan) {
  return {
    name: name ?? null,
    stages: stages.filter((stage) => jobs.some(({ config }) => config.stage === stage)),
    jobs: jobs.map(({ name, config, when, allowFailure, needs, reason }) => ({
      name,
      stage: config.stage,
      when,
      allowFailure,
      needs: needs ?? null,
      reason: reason.summary,
    })),
    absent: absent.map(({ name, config, reason }) => ({ name, stage: config.stage, reason: reason.summary })),
    reason: reason.summary,
  }
}

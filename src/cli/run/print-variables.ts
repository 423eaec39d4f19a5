import { expandVariables } from '../../pipeline/variables/expand-variables.ts'
import type { OriginVariable } from '../../pipeline/variables/origin-variable.ts'
import { type CliContext, EXIT_OK } from '../context.ts'
import { paletteFor } from '../palette.ts'
import { type Column, renderTable } from '../table.ts'
import { findJobs } from './find-job.ts'
import { hideMasked } from './hide-masked.ts'
import { tellNotes } from './pipeline-notes.ts'
import { type ProjectFlags, planProject } from './plan-project.ts'
import { printableText } from './view/printable-line.ts'

export interface VarsFlags extends ProjectFlags {
  readonly json?: boolean
}

const COLUMNS: readonly Column[] = [
  { title: 'NAME', align: 'left' },
  { title: 'ORIGIN', align: 'left' },
  { title: 'VALUE', align: 'left' },
]

/** Prints the variables of a job, each with its origin. @returns the exit code */
export async function printVariables(name: string, flags: VarsFlags, context: CliContext): Promise<number> {
  const { stdout, env } = context
  // Its variables are asked for, whatever its rules say.
  const project = await planProject(flags, new Set([name]), context)
  tellNotes(project, context)
  const jobs = findJobs(name, project).flatMap((job) => (job.isPlanned ? job : []))
  const listed = jobs.map((job) => ({ job: job.name, variables: shownVariables(job.scope.variables) }))
  const paint = paletteFor(stdout, env)
  const lines = flags.json
    ? [JSON.stringify(listed)]
    : listed.flatMap(({ job, variables }, index) => {
        const [head = '', ...rows] = renderTable(
          COLUMNS,
          variables.map(({ name, origin, value }) => [name, origin, printableText(value)]),
        )
        const title = jobs.length === 1 ? [] : [...(index === 0 ? [] : ['']), paint.bold(printableText(job))]
        return [...title, paint.dim(head), ...rows]
      })
  stdout.write(`${lines.join('\n')}\n`)
  return EXIT_OK
}

/** In the order of their names. */
function shownVariables(variables: readonly OriginVariable[]) {
  const hide = hideMasked(variables)
  return expandVariables(variables)
    .map(({ key, value, origin, isMasked, isFile }) => ({
      name: key,
      value: isMasked ? '[MASKED]' : hide(value),
      origin,
      isMasked,
      isFile,
    }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
}

import { formatPosition } from '../../pipeline/mistakes.ts'
import type { CliContext } from '../context.ts'
import type { PlannedProject } from './plan-project.ts'
import { printableText } from './view/printable-line.ts'

/** What a person should know of a project and its pipeline file before anything happens, one line each. */
export function pipelineNotes({
  notes,
  config,
}: Pick<PlannedProject, 'notes' | 'config'>): readonly string[] {
  return [
    ...notes.map(printableText),
    ...config.notes.map(({ at, message }) => `${formatPosition(at)}: ${printableText(message)}`),
  ]
}

export function tellNotes(project: Pick<PlannedProject, 'notes' | 'config'>, { stderr }: CliContext): void {
  for (const note of pipelineNotes(project)) stderr.write(`entrepot: ${note}\n`)
}

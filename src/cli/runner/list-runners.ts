import { printable } from '../../server/printable.ts'
import { type CliContext, EXIT_OK } from '../context.ts'
import { paletteFor } from '../palette.ts'
import { type Column, renderTable } from '../table.ts'
import { readRegisteredRunners } from './runner-file.ts'

export interface RunnerListFlags {
  readonly config?: string
  readonly json?: boolean
}

const COLUMNS: readonly Column[] = [
  { title: 'NAME', align: 'left' },
  { title: 'URL', align: 'left' },
]

/** Tokens are secrets: unlike GitLab Runner, ours are not printed. */
export async function listRunners({ config, json }: RunnerListFlags, context: CliContext): Promise<number> {
  const { stdout, env } = context
  const { file, runners } = await readRegisteredRunners(config, context)
  const told = runners.map(({ name, url }) => ({ name, url }))
  if (json) {
    stdout.write(`${JSON.stringify({ file, runners: told })}\n`)
    return EXIT_OK
  }
  const rows = told.map(({ name, url }) => [printable(name), printable(url)])
  const [head = '', ...lines] = renderTable(COLUMNS, rows)
  stdout.write(`${[paletteFor(stdout, env).dim(head), ...lines].join('\n')}\n`)
  return EXIT_OK
}

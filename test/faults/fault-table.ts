import type { Target } from './target.ts'

/** What came of one scenario, by target: the verdict's words, or why there is none. */
export interface FaultRow {
  readonly row: number
  readonly fault: string
  readonly cells: ReadonlyMap<Target['name'], string>
}

export interface FaultTable {
  readonly rows: readonly FaultRow[]
  readonly versions: ReadonlyMap<Target['name'], string>
  /** `2026-11-21`. */
  readonly date: string
  readonly node: string
}

const COMMAND = 'npm run faults'

/** The page docs/faults.md. */
export function faultPage({ rows, versions, date, node }: FaultTable): string {
  const names = [...versions.keys()]
  const heads = names.map((name) => `${name} ${versions.get(name)}`)
  const lines = rows.map(({ row, fault, cells }) =>
    tableLine([`d${row}`, fault, ...names.map((name) => cells.get(name) ?? '')]),
  )
  return `# Faults

What happened when each row of [failures.md](failures.md) was done to two registry caches, over HTTP, with a scripted upstream that breaks. Written by \`${COMMAND}\` on ${date} with Node.js ${node}; do not edit.

Each scenario is one file entry under \`test/faults/scenarios\` that knows nothing of the cache before it. The same scenarios are asserting tests of Entrepot: \`npx vitest run test/faults\`, one of them with \`-t 'd12:'\`. Entrepot runs with its defaults, but asks for tags again after a second; docker-registry runs as its documentation sets up a pull-through cache. A bold **no** stands before what is not what failures.md asks for.

${tableLine(['#', 'Fault', ...heads])}
${tableLine(['---', '---', ...names.map(() => '---')])}
${lines.join('\n')}
`
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

import { counted, humanSize } from '../human.ts'
import type { Palette } from '../palette.ts'
import { type Column, renderTable } from '../table.ts'
import type { DemoRequest } from './pull.ts'
import type { DemoStep } from './run-demo.ts'

const COLUMNS: readonly Column[] = [
  { title: 'REQUEST', align: 'left' },
  { title: 'OUTCOME', align: 'left' },
  { title: 'UPSTREAM', align: 'right' },
  { title: 'BYTES', align: 'right' },
  { title: 'TIME', align: 'right' },
]
/** So that the columns of all steps stand under each other. */
const WIDTHS = ['manifest sha256:abcdef…', 'revalidated'] as const

/** @param isFirst has the head of the table above it */
export function renderStep({ title, requests }: DemoStep, isFirst: boolean, paint: Palette): string {
  const [head = '', ...rows] = renderTable(COLUMNS, requests.map(cells))
  return [...(isFirst ? [paint.dim(head)] : []), paint.bold(title), ...rows, ''].join('\n')
}

export function renderSummary(steps: readonly DemoStep[], paint: Palette): string {
  const requests = steps.flatMap((step) => step.requests)
  const wrong = requests.filter(({ isVerified }) => !isVerified).length
  const asked = requests.reduce((sum, { upstreamRequests }) => sum + upstreamRequests, 0)
  const bytes = requests.reduce((sum, request) => sum + request.bytes, 0)
  const told = `${humanSize(bytes)} pulled with ${counted(asked, 'request')} to the upstream`
  return wrong === 0 && requests.length > 0
    ? `${paint.green('Every digest was verified')}: ${told}.\n`
    : `${paint.red(`${counted(wrong, 'request')} failed`)}: ${told}.\n`
}

export const NEXT = `
What next:
  entrepot serve            run it: it needs no settings
  entrepot connect docker   let Docker pull through it, or another client
  entrepot doctor           see whether everything is in place
`

function cells({ what, outcome, upstreamRequests, bytes, durationMs }: DemoRequest): string[] {
  return [
    what.padEnd(WIDTHS[0].length),
    outcome.padEnd(WIDTHS[1].length),
    String(upstreamRequests),
    humanSize(bytes).padStart('99.9 MiB'.length),
    `${durationMs.toFixed(0)} ms`.padStart('9999 ms'.length),
  ]
}

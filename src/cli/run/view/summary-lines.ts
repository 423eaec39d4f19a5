import type { TestCounts } from '../../../pipeline/reports/count-tests.ts'
import type { FinishedStatus, JobFinished, PipelineFinished } from '../../../pipeline/run/pipeline-events.ts'
import { displayWidth, truncateDisplay } from '../../display-width.ts'
import { counted, humanDuration, humanSize } from '../../human.ts'
import type { Paint, Palette } from '../../palette.ts'
import { type Column, renderTable } from '../../table.ts'
import { failure } from './event-lines.ts'
import { printableText } from './printable-line.ts'
import type { RunOverview } from './run-overview.ts'

/** What else is known of a job when it is over. */
export interface JobExtras {
  /** The last lines of its log, fit to be shown. */
  readonly lastLines: readonly string[]
  /** Per cent of the code, as its log told it. */
  readonly coverage: string | undefined
}

interface SummaryColumn extends Column {
  readonly cell: (job: JobFinished, extras: JobExtras | undefined) => string
  /** The higher, the sooner it is left out where there is too little room. */
  readonly luxury: number
}

const MAX_NAME_COLUMNS = 40
const MIN_REASON_COLUMNS = 12

const COLUMNS: readonly SummaryColumn[] = [
  { title: 'STATUS', align: 'left', luxury: 0, cell: ({ status }) => status },
  { title: 'STAGE', align: 'left', luxury: 3, cell: ({ stage }) => printableText(stage) },
  {
    title: 'JOB',
    align: 'left',
    luxury: 0,
    cell: ({ job }) => truncateDisplay(printableText(job), MAX_NAME_COLUMNS),
  },
  {
    title: 'DURATION',
    align: 'right',
    luxury: 1,
    cell: (job) => (hasRun(job) ? humanDuration(job.durationMs) : ''),
  },
  { title: 'WAIT', align: 'right', luxury: 6, cell: (job) => (hasRun(job) ? humanDuration(job.waitMs) : '') },
  {
    title: 'IMAGE',
    align: 'left',
    luxury: 4,
    cell: ({ images }) => [...new Set(images.map(({ source }) => source))].join(', '),
  },
  {
    title: 'EXIT',
    align: 'right',
    luxury: 5,
    cell: ({ exitCode }) => (exitCode === null ? '' : String(exitCode)),
  },
  {
    title: 'COVERAGE',
    align: 'right',
    luxury: 2,
    cell: (_, extras) => (extras?.coverage === undefined ? '' : `${extras.coverage} %`),
  },
  { title: 'TESTS', align: 'left', luxury: 2, cell: ({ tests }) => (tests === null ? '' : testsTold(tests)) },
  { title: 'REASON', align: 'left', luxury: 0, cell: ({ reason }) => printableText(reason ?? '') },
]

/**
 * How a pipeline went: what failed with its last lines and where the rest of them is, a table of all jobs, and what
 * its images cost.
 * @param columns undefined: lines may be of any length
 */
export function summaryLines(
  { jobs, finished }: RunOverview,
  extras: ReadonlyMap<string, JobExtras>,
  columns: number | undefined,
  paint: Palette,
): readonly string[] {
  if (finished === undefined) return []
  const all = [...jobs.values()].flatMap((job) => job.finished ?? [])
  const failed = all.filter(({ status }) => status === 'failed' || status === 'warning')
  return [
    ...failed.flatMap((job) => ['', ...failureLines(job, extras.get(job.job), paint)]),
    ...(all.length === 0 ? [] : ['', ...tableLines(all, extras, columns, paint)]),
    '',
    statusLine(finished, paint),
    costLine(finished),
  ]
}

function failureLines(job: JobFinished, extras: JobExtras | undefined, paint: Palette): readonly string[] {
  const isAllowed = job.status === 'warning'
  const head = `${printableText(job.job)} ${failure(job)}${isAllowed ? ', which is allowed' : ''}`
  return [
    isAllowed ? paint.yellow(head) : paint.red(head),
    ...(extras?.lastLines ?? []).map((line) => `  ${line}`),
    ...(job.logFile === null ? [] : [paint.dim(`  log: ${printableText(job.logFile)}`)]),
  ]
}

function tableLines(
  jobs: readonly JobFinished[],
  extras: ReadonlyMap<string, JobExtras>,
  columns: number | undefined,
  paint: Palette,
): readonly string[] {
  // What is empty for all needs no column.
  let shown = COLUMNS.filter(({ cell }) => jobs.some((job) => cell(job, extras.get(job.job)) !== ''))
  const render = () =>
    renderTable(
      shown,
      jobs.map((job) => shown.map(({ cell }) => cell(job, extras.get(job.job)))),
    )
  let lines = render()
  while (columns !== undefined && widthBeforeReason(lines, shown) > columns - MIN_REASON_COLUMNS) {
    const most = Math.max(...shown.map(({ luxury }) => luxury))
    if (most === 0) break
    shown = shown.filter(({ luxury }) => luxury !== most)
    lines = render()
  }
  const [head = '', ...rows] = lines.map((line) =>
    columns === undefined ? line : truncateDisplay(line, columns),
  )
  return [
    paint.dim(head),
    ...rows.map((row, index) => {
      const { status } = jobs[index] ?? { status: 'skipped' }
      // The word comes first, so that it can be painted where it stands.
      return `${paintOf(status, paint)(row.slice(0, status.length))}${row.slice(status.length)}`
    }),
  ]
}

/** The last column is cut where it has to be; the others are not. */
function widthBeforeReason(lines: readonly string[], shown: readonly SummaryColumn[]): number {
  const head = lines[0] ?? ''
  const isLast = shown.at(-1)?.title === 'REASON'
  if (isLast) return displayWidth(head) - 'REASON'.length
  return Math.max(...lines.map(displayWidth)) + MIN_REASON_COLUMNS
}

/** `12, 1 failed, 2 skipped` */
function testsTold({ tests, failed, skipped }: TestCounts): string {
  const parts = [failed === 0 ? '' : `${failed} failed`, skipped === 0 ? '' : `${skipped} skipped`]
  return [String(tests), ...parts.filter((part) => part !== '')].join(', ')
}

function paintOf(status: FinishedStatus, { green, red, yellow, dim }: Palette): Paint {
  if (status === 'success') return green
  if (status === 'failed') return red
  return status === 'warning' || status === 'manual' ? yellow : dim
}

function statusLine({ status }: PipelineFinished, { bold, green, red, yellow }: Palette): string {
  const words: Readonly<Record<PipelineFinished['status'], string>> = {
    success: green('the pipeline succeeded'),
    failed: red('the pipeline failed'),
    blocked: yellow('the pipeline waits for a manual job: --manual JOB starts it'),
    empty: yellow('there is no pipeline: no job was added to it'),
    canceled: yellow('the pipeline was canceled'),
  }
  return bold(words[status])
}

/** `3 pulls from the cache, 182.4 MiB saved, 0 upstream requests` */
function costLine({ cacheHits, bytesSaved, upstreamRequests }: PipelineFinished): string {
  return [
    `${counted(cacheHits, 'pull')} from the cache`,
    `${humanSize(bytesSaved)} saved`,
    counted(upstreamRequests, 'upstream request'),
  ].join(', ')
}

/** One that never ran has no log. */
function hasRun({ logFile }: JobFinished): boolean {
  return logFile !== null
}

import { truncateDisplay } from '../../display-width.ts'
import type { Palette } from '../../palette.ts'
import { warmLine } from '../../warm-line.ts'
import { printableText } from './printable-line.ts'
import type { JobOverview, PullOverview, RunOverview } from './run-overview.ts'

/** A footer leaves room for what it stands under. */
const MAX_JOBS = 8
const MAX_PULLS = 4
const MIN_COLUMNS = 10

/**
 * What is going on, below the log: how far the pipeline is, which jobs run for how long, what is being pulled. Each
 * line is narrower than the terminal.
 */
export function footerLines(
  overview: RunOverview,
  nowAt: number,
  columns: number,
  paint: Palette,
): readonly string[] {
  if (overview.startedAt === undefined || overview.finished !== undefined) return []
  // The last column stays free: some terminals go on to the next line there.
  const width = Math.max(MIN_COLUMNS, columns - 1)
  const running = [...overview.jobs.values()]
    .filter(({ startedAt }) => startedAt !== undefined)
    .toSorted((left, right) => (left.startedAt ?? 0) - (right.startedAt ?? 0))
  const pulls = [...overview.pulls.values()]
  return [
    paint.bold(truncateDisplay(headline(overview, nowAt), width)),
    ...limited(running, MAX_JOBS, 'running').map((job) =>
      typeof job === 'string' ? paint.dim(truncateDisplay(job, width)) : jobLine(job, nowAt, width),
    ),
    ...limited(pulls, MAX_PULLS, 'being pulled').map((pull) =>
      paint.dim(truncateDisplay(typeof pull === 'string' ? pull : pullLine(pull, nowAt, width), width)),
    ),
  ]
}

/** `3 of 12 jobs done, 1 failed, 1 waits for its time, 1:23` */
function headline({ jobs, startedAt }: RunOverview, nowAt: number): string {
  const all = [...jobs.values()]
  const finished = all.filter((job) => job.finished !== undefined)
  const failed = finished.filter((job) => job.finished?.status === 'failed').length
  const delayed = all.filter(({ delayedUntil }) => delayedUntil !== undefined)
  const nextAt = Math.min(...delayed.map(({ delayedUntil }) => delayedUntil ?? nowAt))
  return [
    `${finished.length} of ${all.length} jobs done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(delayed.length > 0 ? [`${delayed.length} delayed, the next for ${elapsed(nextAt - nowAt)}`] : []),
    elapsed(nowAt - (startedAt ?? nowAt)),
  ].join(', ')
}

function jobLine({ job, startedAt }: JobOverview, nowAt: number, width: number): string {
  const time = elapsed(nowAt - (startedAt ?? nowAt))
  return `  ${truncateDisplay(printableText(job), Math.max(1, width - time.length - 4))}  ${time}`
}

function pullLine({ reference, bytes, totalBytes, startedAt }: PullOverview, nowAt: number, width: number) {
  const seconds = Math.max(1, (nowAt - startedAt) / 1000)
  const progress = {
    image: printableText(reference),
    doneBytes: bytes,
    fetchedBytes: bytes,
    totalBytes,
    bytesPerSecond: bytes / seconds,
  }
  return `  ${warmLine(progress, width - 2)}`
}

function limited<T>(items: readonly T[], max: number, what: string): readonly (T | string)[] {
  if (items.length <= max) return items
  return [...items.slice(0, max), `  and ${items.length - max} more ${what}`]
}

/** `0:07`, `12:40`, `1:02:03`. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts
  return [String(first), ...rest.map((part) => String(part).padStart(2, '0'))].join(':')
}

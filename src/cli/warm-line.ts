import { humanSize } from './human.ts'

const BAR_WIDTH = 20
const MIN_NAME_WIDTH = 10

export interface WarmLineProgress {
  readonly image: string
  readonly doneBytes: number
  readonly fetchedBytes: number
  /** Null until it is known. */
  readonly totalBytes: number | null
  readonly bytesPerSecond: number
}

/**
 * One line of progress: `redis:7 [=====>    ] 45.2 MiB of 91.0 MiB, 12.3 MiB/s, 40.0 MiB were here`. What does
 * not fit is left out from its end, a long name is cut at its start: what tells images apart is behind.
 */
export function warmLine(progress: WarmLineProgress, columns: number): string {
  const { image, doneBytes, fetchedBytes, totalBytes, bytesPerSecond } = progress
  const rest = totalBytes === null ? ['reading manifests'] : [bar(doneBytes, totalBytes)]
  if (totalBytes !== null) rest.push(`${humanSize(doneBytes)} of ${humanSize(totalBytes)}`)
  if (bytesPerSecond > 0) rest.push(`${humanSize(bytesPerSecond)}/s`)
  if (doneBytes > fetchedBytes) rest.push(`${humanSize(doneBytes - fetchedBytes)} were here`)
  while (rest.length > 1 && Math.min(image.length, MIN_NAME_WIDTH) + 1 + rest.join(' ').length > columns)
    rest.pop()
  const told = rest.join(' ')
  return `${shorten(image, Math.max(MIN_NAME_WIDTH, columns - told.length - 1))} ${told}`
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.min(BAR_WIDTH, Math.floor((done * BAR_WIDTH) / total))
  return `[${'='.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}]`
}

function shorten(name: string, columns: number): string {
  return name.length <= columns ? name : `…${name.slice(name.length - columns + 1)}`
}

import type { ImagePulled, JobFinished, JobRetried, RunEvent } from '../../../pipeline/run/pipeline-events.ts'
import { displayWidth, padDisplayEnd, truncateDisplay } from '../../display-width.ts'
import { counted, humanDuration, humanSize } from '../../human.ts'
import type { Paint, Palette } from '../../palette.ts'
import { printableLine, printableText } from './printable-line.ts'

/** Longer names are cut: what a job says is worth more room. */
const MAX_NAME_COLUMNS = 24
/** Of pulls that take longer, something is told now and then where no bar shows them. */
const TELL_EVERY_MS = 10_000

export interface LineOptions {
  readonly hasColours: boolean
  /** Before every line, when it happened. */
  readonly hasTimestamps: boolean
  /** Whether pulls that are under way are told: where a footer shows them they are not. */
  readonly tellsPulls: boolean
}

/** Makes lines for a person of what happens: those of jobs begin with the name of the job. */
export class EventLines {
  readonly #options: LineOptions
  readonly #paint: Palette
  readonly #prefixes = new Map<string, string>()
  /** When a pull was last told, by reference. */
  readonly #told = new Map<string, number>()
  #nameColumns = 0

  constructor(options: LineOptions, paint: Palette) {
    this.#options = options
    this.#paint = paint
  }

  /** Without their ends. */
  of(event: RunEvent): readonly string[] {
    const lines = this.#linesOf(event)
    return this.#options.hasTimestamps ? lines.map((line) => `${this.#paint.dim(event.time)} ${line}`) : lines
  }

  #linesOf(event: RunEvent): readonly string[] {
    const { dim, yellow } = this.#paint
    switch (event.event) {
      case 'pipeline.started':
        this.#name(event.jobs.map(({ job }) => job))
        return []
      case 'job.started':
        return [this.#ofJob(event.job, dim(`starts (${printableText(event.stage)})`))]
      case 'job.log': {
        const line = printableLine(event.text, this.#options)
        return line === undefined ? [] : [this.#ofJob(event.job, line)]
      }
      case 'job.delayed':
        return [this.#ofJob(event.job, dim(`waits until ${event.startAt}`))]
      case 'job.retried':
        return [this.#ofJob(event.job, yellow(`${failure(event)}, and is tried again`))]
      case 'job.finished':
        return [this.#ofJob(event.job, this.#endOf(event))]
      case 'image.progress':
        return this.#pullTold(event.reference, Date.parse(event.time), event)
      case 'image.pulled':
        return event.source === 'local' ? [] : [dim(pulledLine(event))]
      case 'pipeline.finished':
        return []
    }
  }

  #endOf(event: JobFinished): string {
    const { green, red, yellow, dim } = this.#paint
    const time = humanDuration(event.durationMs)
    if (event.status === 'success') return green(`succeeded in ${time}`)
    if (event.status === 'failed') return red(`${failure(event)}, after ${time}`)
    if (event.status === 'warning') return yellow(`${failure(event)}, after ${time}, which is allowed`)
    const why = event.reason === null ? '' : `: ${printableText(event.reason)}`
    return dim(`${event.status}${why}`)
  }

  #pullTold(
    reference: string,
    at: number,
    { bytes, totalBytes }: { readonly bytes: number; readonly totalBytes: number },
  ): readonly string[] {
    const toldAt = this.#told.get(reference)
    if (!this.#options.tellsPulls || (toldAt !== undefined && at - toldAt < TELL_EVERY_MS)) return []
    this.#told.set(reference, at)
    const far = toldAt === undefined ? '' : `: ${humanSize(bytes)} of ${humanSize(totalBytes)}`
    return [this.#paint.dim(`pulling ${printableText(reference)}${far}`)]
  }

  #ofJob(job: string, text: string): string {
    return `${this.#prefixes.get(job) ?? this.#prefix(job, this.#paint.nth(0))} ${text}`
  }

  #name(jobs: readonly string[]): void {
    const widths = jobs.map((job) => displayWidth(printableText(job)))
    this.#nameColumns = Math.min(MAX_NAME_COLUMNS, Math.max(0, ...widths))
    for (const [index, job] of jobs.entries())
      this.#prefixes.set(job, this.#prefix(job, this.#paint.nth(index)))
  }

  #prefix(job: string, paint: Paint): string {
    const name = truncateDisplay(printableText(job), MAX_NAME_COLUMNS)
    return `${paint(padDisplayEnd(name, this.#nameColumns))} ${this.#paint.dim('|')}`
  }
}

/** `failed: script_failure, exit code 1` */
export function failure({ reason, exitCode }: Pick<JobFinished | JobRetried, 'reason' | 'exitCode'>): string {
  const told = [
    ...(reason === null ? [] : [printableText(reason)]),
    ...(exitCode === null ? [] : [`exit code ${exitCode}`]),
  ]
  return told.length === 0 ? 'failed' : `failed: ${told.join(', ')}`
}

/** `postgres:15: 132.0 MiB from the cache` */
function pulledLine({ reference, source, bytes, upstreamRequests }: ImagePulled): string {
  const from = source === 'cache' ? 'the cache' : 'upstream'
  const requests = upstreamRequests === null ? '' : `, ${counted(upstreamRequests, 'upstream request')}`
  return `${printableText(reference)}: ${humanSize(bytes)} from ${from}${requests}`
}

import type { Pattern } from '../../../pipeline/expression/pattern.ts'
import type { RunEvent } from '../../../pipeline/run/pipeline-events.ts'
import { truncateDisplay } from '../../display-width.ts'
import { findCoverage } from './find-coverage.ts'
import { printableLine } from './printable-line.ts'

const MAX_LINE_COLUMNS = 500

/** What is kept of the logs of jobs while they run: their last lines, and what they tell of coverage. */
export class JobLogs {
  readonly #lineCount: number
  readonly #coverage: ReadonlyMap<string, Pattern>
  readonly #lines = new Map<string, string[]>()
  readonly #covered = new Map<string, string>()

  /** @param coverage by job: how its log tells it */
  constructor(lineCount: number, coverage: ReadonlyMap<string, Pattern> = new Map()) {
    this.#lineCount = lineCount
    this.#coverage = coverage
  }

  on(event: RunEvent): void {
    // Another try is another log.
    if (event.event === 'job.started') this.#lines.set(event.job, [])
    if (event.event !== 'job.log') return
    const line = printableLine(event.text, { hasColours: false })
    if (line === undefined) return
    const covered = findCoverage(this.#coverage.get(event.job), line)
    if (covered !== undefined) this.#covered.set(event.job, covered)
    if (line.trim() === '') return
    const lines = this.#lines.get(event.job) ?? []
    lines.push(truncateDisplay(line, MAX_LINE_COLUMNS))
    if (lines.length > this.#lineCount) lines.shift()
    this.#lines.set(event.job, lines)
  }

  lastLines(job: string): readonly string[] {
    return this.#lines.get(job) ?? []
  }

  coverageOf(job: string): string | undefined {
    return this.#covered.get(job)
  }
}

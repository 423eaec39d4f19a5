import type { RunEvent } from '../../../pipeline/run/pipeline-events.ts'
import type { Palette } from '../../palette.ts'
import type { EventLines } from './event-lines.ts'
import type { JobLogs } from './job-logs.ts'
import type { PipelineView } from './pipeline-view.ts'
import { follow, NOTHING_YET } from './run-overview.ts'
import type { Screen } from './screen.ts'
import { summaryLines } from './summary-lines.ts'

export interface TerminalViewParts {
  readonly screen: Screen
  readonly lines: EventLines
  readonly logs: JobLogs
  readonly paint: Palette
  /** Of the terminal, now; undefined where there is none. */
  readonly columns: () => number | undefined
}

/** For people: what jobs write as they write it, and a summary. */
export class TerminalView implements PipelineView {
  readonly #parts: TerminalViewParts
  #overview = NOTHING_YET

  constructor(parts: TerminalViewParts) {
    this.#parts = parts
  }

  on(event: RunEvent): void {
    const { screen, lines, logs } = this.#parts
    this.#overview = follow(this.#overview, event)
    logs.on(event)
    screen.show(this.#overview)
    screen.print(lines.of(event))
    if (event.event !== 'pipeline.finished') return
    screen.close()
    screen.print(this.#summary())
  }

  say(text: string): void {
    this.#parts.screen.say(text)
  }

  async close(): Promise<void> {
    this.#parts.screen.close()
  }

  #summary(): readonly string[] {
    const { logs, paint, columns } = this.#parts
    const extras = [...this.#overview.jobs.keys()].map(
      (job) => [job, { lastLines: logs.lastLines(job), coverage: logs.coverageOf(job) }] as const,
    )
    return summaryLines(this.#overview, new Map(extras), columns(), paint)
  }
}

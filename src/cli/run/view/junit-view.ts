import { writeFile } from 'node:fs/promises'
import type { RunEvent } from '../../../pipeline/run/pipeline-events.ts'
import { FileUnwritable } from '../file-unwritable.ts'
import { JobLogs } from './job-logs.ts'
import { junitReport } from './junit-report.ts'
import type { PipelineView } from './pipeline-view.ts'
import { follow, NOTHING_YET } from './run-overview.ts'

const LAST_LINES = 20

/** Passes all on to another view, and writes a report of the jobs at the end. */
export class JunitView implements PipelineView {
  readonly #inner: PipelineView
  readonly #path: string
  readonly #logs = new JobLogs(LAST_LINES)
  #overview = NOTHING_YET
  #isWritten = false

  private constructor(inner: PipelineView, path: string) {
    this.#inner = inner
    this.#path = path
  }

  /**
   * Makes an empty file first: a path that cannot be written is better told before the jobs than after them.
   * @throws FileUnwritable
   */
  static async open(openInner: () => PipelineView, path: string): Promise<JunitView> {
    await write(path, '')
    return new JunitView(openInner(), path)
  }

  on(event: RunEvent): void {
    this.#overview = follow(this.#overview, event)
    this.#logs.on(event)
    this.#inner.on(event)
  }

  say(text: string): void {
    this.#inner.say(text)
  }

  async close(): Promise<void> {
    await this.#inner.close()
    if (this.#isWritten) return
    this.#isWritten = true
    await write(
      this.#path,
      junitReport(this.#overview, (job) => this.#logs.lastLines(job)),
    )
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (cause) {
    throw new FileUnwritable(`--junit ${path} cannot be written`, { cause })
  }
}

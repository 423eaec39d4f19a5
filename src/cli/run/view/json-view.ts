import type { RunEvent } from '../../../pipeline/run/pipeline-events.ts'
import type { Output } from '../../context.ts'
import type { PipelineView } from './pipeline-view.ts'

/** For programs: one event per line on standard output, and nothing else there. */
export class JsonView implements PipelineView {
  readonly #stdout: Output
  readonly #stderr: Output

  constructor(stdout: Output, stderr: Output) {
    this.#stdout = stdout
    this.#stderr = stderr
  }

  on(event: RunEvent): void {
    const told = jsonEvent(event)
    if (told !== undefined) this.#stdout.write(`${JSON.stringify(told)}\n`)
  }

  say(text: string): void {
    this.#stderr.write(text)
  }

  async close(): Promise<void> {}
}

/** What programs are told, with names that stay; undefined for what is only there to be looked at. */
export function jsonEvent(event: RunEvent): object | undefined {
  switch (event.event) {
    case 'job.started':
    case 'job.log':
    case 'image.pulled':
    case 'pipeline.finished':
      return event
    case 'job.finished': {
      const { waitMs, logFile, images, tests, ...told } = event
      return told
    }
    default:
      return undefined
  }
}

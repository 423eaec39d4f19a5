import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { JobFinished, RunEvent } from '../../../src/pipeline/run/pipeline-events.ts'

/** A process of `entrepot run --json`, while it runs and after. */
export class ProjectRun {
  /** As far as they were told. */
  readonly events: RunEvent[] = []
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  readonly #lookers = new Set<() => void>()
  #err = ''

  constructor(child: ChildProcess) {
    this.#child = child
    let begun = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = `${begun}${chunk.toString()}`.split('\n')
      begun = lines.pop() ?? ''
      this.events.push(...lines.map((line) => JSON.parse(line) as RunEvent))
      for (const look of this.#lookers) look()
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#err += chunk.toString()
    })
    this.#ended = once(child, 'close').then(([code]) => code as number | null)
  }

  /** What it said to a person. */
  get err(): string {
    return this.#err
  }

  /** Resolves when the event was told. Errors: it ended without. */
  async until(isIt: (event: RunEvent) => boolean): Promise<void> {
    const { promise, resolve } = deferred()
    const look = () => {
      if (this.events.some(isIt)) resolve()
    }
    this.#lookers.add(look)
    look()
    const ended = this.#ended.then((code) => {
      if (!this.events.some(isIt)) throw new Error(`it ended with ${code} before that: ${this.err}`)
    })
    await Promise.race([promise, ended]).finally(() => this.#lookers.delete(look))
  }

  signal(name: 'SIGINT' | 'SIGTERM'): void {
    this.#child.kill(name)
  }

  /** @returns the exit code */
  async end(): Promise<number | null> {
    return this.#ended
  }

  /** Job, status and exit code of each, in the order in which they ended. */
  get outcomes(): readonly (readonly [string, JobFinished['status'], number | null])[] {
    return this.events.flatMap((event) =>
      event.event === 'job.finished' ? [[event.job, event.status, event.exitCode] as const] : [],
    )
  }

  logOf(job: string): string {
    return this.events
      .flatMap((event) => (event.event === 'job.log' && event.job === job ? event.text : []))
      .join('\n')
  }

  /** What happened to jobs, in order, but for what they said: `job.started one`. */
  get course(): readonly string[] {
    return this.events.flatMap((event) =>
      'job' in event && event.event !== 'job.log' ? `${event.event} ${event.job}` : [],
    )
  }
}

function deferred() {
  let resolve: () => void = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

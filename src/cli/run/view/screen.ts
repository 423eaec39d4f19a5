import type { Output } from '../../context.ts'
import type { RunOverview } from './run-overview.ts'

/** Where lines are written, one below the other, and whatever else is shown beside them. */
export interface Screen {
  /** @param lines without their ends */
  print(lines: readonly string[]): void
  /** For standard error, as it is. */
  say(text: string): void
  /** What is going on now. */
  show(overview: RunOverview): void
  close(): void
}

/** Lines, and nothing else. */
export class PlainScreen implements Screen {
  readonly #stdout: Output
  readonly #stderr: Output

  constructor(stdout: Output, stderr: Output) {
    this.#stdout = stdout
    this.#stderr = stderr
  }

  print(lines: readonly string[]): void {
    if (lines.length > 0) this.#stdout.write(`${lines.join('\n')}\n`)
  }

  say(text: string): void {
    this.#stderr.write(text)
  }

  show(): void {}

  close(): void {}
}

import type { PipelineNote } from './config/pipeline-config.ts'
import type { Position } from './config/position.ts'

export interface PipelineMistake {
  /** A sentence for a person, without the place. */
  readonly message: string
  readonly at: Position
}

/** What was found wrong, and what is not done here, while the files of one pipeline are read. */
export class Findings {
  readonly #mistakes = new Map<string, PipelineMistake>()
  readonly #notes = new Map<string, PipelineNote>()

  /**
   * The same sentence about the same place counts once: what several jobs share is read for each of them.
   * @param owner the job that it was found in
   */
  mistake(at: Position, message: string, owner = ''): void {
    const key = `${formatPosition(at)}: ${message}`
    if (this.#mistakes.has(key)) return
    this.#mistakes.set(key, { message: owner === '' ? message : `${owner}: ${message}`, at })
  }

  /** Said once for the pipeline, however often it applies. */
  note(at: Position, message: string): void {
    if (!this.#notes.has(message)) this.#notes.set(message, { message, at })
  }

  get mistakes(): readonly PipelineMistake[] {
    return [...this.#mistakes.values()]
  }

  get notes(): readonly PipelineNote[] {
    return [...this.#notes.values()]
  }

  /** @throws PipelineError */
  refuse(): void {
    if (this.#mistakes.size > 0) throw new PipelineError(this.mistakes)
  }
}

/** Everything that is wrong with the files of a pipeline, in one refusal. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError'
  readonly code = 'PIPELINE_INVALID'
  readonly mistakes: readonly PipelineMistake[]

  constructor(mistakes: readonly PipelineMistake[]) {
    const sorted = mistakes.toSorted(inOrderOfFiles)
    const count = sorted.length === 1 ? 'a mistake' : `${sorted.length} mistakes`
    const lines = sorted.map(({ at, message }) => `  ${formatPosition(at)}: ${message}`)
    super([`${count} in the pipeline:`, ...lines].join('\n'))
    this.mistakes = sorted
  }
}

/** `ci/build.yml:3:5`, as editors and terminals understand it. */
export function formatPosition({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`
}

// Files stay in the order in which they were found wrong.
function inOrderOfFiles({ at: left }: PipelineMistake, { at: right }: PipelineMistake): number {
  return left.file === right.file ? left.line - right.line || left.column - right.column : 0
}

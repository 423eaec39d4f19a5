import type { PipelineError } from '../../pipeline/mistakes.ts'

/** The files of a pipeline are wrong. The message has every mistake with its place and its line. */
export class PipelineRefused extends Error {
  override readonly name = 'PipelineRefused'
  readonly code = 'PIPELINE_REFUSED'
  readonly mistakes: PipelineError['mistakes']

  /** No cause: the message of the error has the same mistakes, without their lines. */
  constructor(message: string, { mistakes }: PipelineError) {
    super(message)
    this.mistakes = mistakes
  }
}

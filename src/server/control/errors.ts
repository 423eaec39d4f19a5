export type ControlErrorCode = 'not-found' | 'invalid' | 'failed'

/** An operation on the cache that came to nothing, with a sentence for whoever asked for it. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly code: ControlErrorCode

  constructor(code: ControlErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

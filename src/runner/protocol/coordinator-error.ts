/**
 * - `unreachable` no connection, or it broke off
 * - `slow`        no answer within the deadline
 * - `failed`      the server is in trouble or has enough of us: 408, 429, 5xx
 * - `refused`     it does not do this: any other status that the call does not know
 * - `invalid`     its answer cannot be read
 */
export type CoordinatorErrorCode = 'unreachable' | 'slow' | 'failed' | 'refused' | 'invalid'

/** A call to a server that jobs come from brought no answer that it could have. */
export class CoordinatorError extends Error {
  override readonly name = 'CoordinatorError'
  readonly code: CoordinatorErrorCode
  /** Of the reply, where there was one. */
  readonly status: number | undefined
  /** How long the server wants to be left alone. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: CoordinatorErrorCode,
    message: string,
    options: { status?: number; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
  }
}

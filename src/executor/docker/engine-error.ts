/**
 * - `NOT_FOUND`   what was named is not there
 * - `CONFLICT`    the name is taken, or what is asked does not fit its state
 * - `REFUSED`     the engine understood and will not: trying again changes nothing
 * - `FAILED`      the engine tried and could not
 * - `UNREACHABLE` no answer: it is not running, restarting, or somewhere else
 * - `TIMEOUT`     it did not answer in time
 */
export type EngineErrorCode = 'NOT_FOUND' | 'CONFLICT' | 'REFUSED' | 'FAILED' | 'UNREACHABLE' | 'TIMEOUT'

/** A call to the engine that did not end well. The message says which call, and the engine's own words. */
export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly code: EngineErrorCode

  constructor(code: EngineErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export function isEngineError(error: unknown, ...codes: EngineErrorCode[]): error is EngineError {
  return error instanceof EngineError && codes.includes(error.code)
}

/** What the client library adds to errors of the engine itself. */
interface RemoteError {
  readonly statusCode?: number
  readonly json?: { readonly message?: string } | null
}

export function toEngineError(what: string, error: unknown): EngineError {
  const { statusCode, json } = error as RemoteError
  if (statusCode === undefined) {
    return new EngineError('UNREACHABLE', `${what}: ${(error as Error).message}`, error)
  }
  const said = json?.message ?? (error as Error).message
  return new EngineError(codeOf(statusCode), `${what}: ${said.trim()}`, error)
}

function codeOf(status: number): EngineErrorCode {
  if (status === 404) return 'NOT_FOUND'
  if (status === 409) return 'CONFLICT'
  if (status >= 400 && status < 500) return 'REFUSED'
  return 'FAILED'
}

import { errors } from 'undici'
import { AddressRefusedError } from './connector.ts'
import type { UpstreamErrorCode } from './errors.ts'

export interface TransportTrouble {
  readonly code: UpstreamErrorCode
  /** Completes the sentence "the upstream …". */
  readonly what: string
}

/** What an exchange that failed before the reply's head amounts to. */
export function explainTransportError(error: unknown): TransportTrouble {
  if (error instanceof AddressRefusedError)
    return { code: 'refused', what: `was not dialled: ${error.message}` }
  if (error instanceof errors.ConnectTimeoutError)
    return { code: 'timeout', what: 'did not accept a connection' }
  if (error instanceof errors.HeadersTimeoutError) return { code: 'timeout', what: 'did not answer' }
  if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError) {
    return { code: 'failed', what: 'answered with something that is not HTTP' }
  }
  const reason = codeOf(error)
  return {
    code: 'unreachable',
    what: reason === undefined ? 'cannot be reached' : `cannot be reached (${reason})`,
  }
}

/** What broke a body off after the head. Completes the sentence "the upstream … after so many bytes". */
export function explainBodyError(error: unknown): string {
  return error instanceof errors.BodyTimeoutError ? 'sent nothing more' : 'broke off'
}

/** A connection that ended under a request: kept open too long by us, closed meanwhile by the other side. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}

/** The error to keep as a cause; undefined when it carries bytes of a reply, in which a signed URL may stand. */
export function safeCause(error: unknown): unknown {
  return error instanceof errors.HTTPParserError ? undefined : error
}

function codeOf(error: unknown): string | undefined {
  // Several addresses tried, several errors: the first stands for all.
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

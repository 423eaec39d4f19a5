import type { Repository } from '../oci/reference.ts'
import type { Deadline } from './deadline.ts'
import { UpstreamError, type UpstreamErrorCode } from './errors.ts'
import type { ExchangeMeter } from './exchange-meter.ts'
import { TokenOverdue } from './token-source.ts'
import { explainTransportError, safeCause } from './transport-error.ts'
import type { UpstreamCredential } from './upstream.ts'

/** One call to an upstream, on its way. */
export interface Call {
  readonly upstream: string
  /** For messages: `library/app:latest`, `blob sha256:… of library/app`. */
  readonly asked: string
  readonly repository: Repository
  readonly credential: UpstreamCredential | undefined
  readonly deadline: Deadline
  readonly onSent: (() => void) | undefined
  readonly meter: ExchangeMeter
}

/** `what` stands between the upstream and what was asked of it. */
export function callError(call: Call, code: UpstreamErrorCode, what: string, cause?: unknown): UpstreamError {
  return new UpstreamError(code, `${call.upstream} ${what} when asked for ${call.asked}`, {
    upstream: call.upstream,
    cause,
  })
}

/** The error that a caller sees for what ended a call before its result: UpstreamError, or its own reason. */
export function explainCallError(call: Call, error: unknown): unknown {
  const { deadline } = call
  if (deadline.callerAborted) return deadline.signal.reason
  if (deadline.expired) {
    const within = `within ${deadline.ms} ms`
    return error instanceof TokenOverdue
      ? new UpstreamError(
          'timeout',
          `${call.upstream}'s token server gave no token ${within} for ${call.asked}`,
          {
            upstream: call.upstream,
            server: 'token',
          },
        )
      : callError(call, 'timeout', `did not answer ${within}`)
  }
  if (error instanceof UpstreamError) return error
  const { code, what } = explainTransportError(error)
  return callError(call, code, what, safeCause(error))
}

/**
 * Why an upstream could not be used.
 * - `unreachable`  no connection: refused, reset before the head, name not found, TLS failure
 * - `timeout`      no reply, or no byte of one, within the deadline
 * - `failed`       the upstream answered 5xx, or with something that is no registry reply
 * - `rate-limited` 429
 * - `denied`       401 (after one renewed token) or 403
 * - `not-found`    404
 * - `invalid`      the content does not match its digest, its size or our limits
 * - `interrupted`  the body broke off or stalled after the head
 * - `refused`      we would not go there: address, realm or redirect policy
 */
export type UpstreamErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'failed'
  | 'rate-limited'
  | 'denied'
  | 'not-found'
  | 'invalid'
  | 'interrupted'
  | 'refused'

export interface UpstreamErrorOptions {
  readonly upstream: string
  /** Which server of the upstream: the registry itself, or its token server. */
  readonly server?: 'registry' | 'token'
  readonly status?: number
  /** From Retry-After, when the upstream sent one. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** Messages name the upstream, what was asked and what it answered; never a token, a query or a signed URL. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly code: UpstreamErrorCode
  readonly upstream: string
  readonly server: 'registry' | 'token'
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: UpstreamErrorCode, message: string, options: UpstreamErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.upstream = options.upstream
    this.server = options.server ?? 'registry'
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
  }
}

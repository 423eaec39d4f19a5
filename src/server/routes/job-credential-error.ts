import { AccessError, type AccessErrorCode } from '../../auth/errors.ts'
import { PROBE_MS } from '../../cache/storage-health.ts'
import { OciError } from '../../oci/errors.ts'
import { GlobSyntaxError } from '../../oci/glob.ts'
import { storageTroubleOf } from '../../store/storage-error.ts'
import { ControlError } from '../control/errors.ts'

export interface ErrorReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: { readonly code: string; readonly message: string } }
}

const STATUS: Readonly<Partial<Record<AccessErrorCode, number>>> = {
  'not-permitted': 403,
  'group-unknown': 404,
  'credential-unknown': 404,
}

const TOO_LARGE = 413

/** What those who ask for job credentials are told of an error. */
export function jobCredentialError(error: unknown): ErrorReply {
  if (error instanceof AccessError) return replyOf(STATUS[error.code] ?? 400, error.code, error.message)
  if (error instanceof OciError) return ociReply(error)
  if (error instanceof ControlError || error instanceof GlobSyntaxError)
    return replyOf(400, 'invalid', error.message)
  // The framework's own: a body that is too long, or broke off.
  if (error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500) {
    const isTooLarge = error.statusCode === TOO_LARGE
    return replyOf(isTooLarge ? TOO_LARGE : 400, isTooLarge ? 'too-large' : 'invalid', error.message)
  }
  if (storageTroubleOf(error) !== undefined) {
    const message = 'the storage cannot be written now: see the log of the server'
    return replyOf(503, 'unavailable', message, { 'retry-after': seconds(PROBE_MS) })
  }
  return replyOf(500, 'failed', 'internal error: the log of the server says more')
}

/** Whether somebody asked for what is not theirs. */
export function isRefusal(error: unknown): error is AccessError {
  return error instanceof AccessError && STATUS[error.code] !== undefined
}

function ociReply({ code, message, retryAfterMs = 0 }: OciError): ErrorReply {
  if (code === 'UNAUTHORIZED') {
    // A secret is shown as it is: there is no token to be had for it elsewhere (RFC 6750, section 3).
    return replyOf(401, 'unauthorized', message, { 'www-authenticate': 'Bearer realm="entrepot"' })
  }
  if (code === 'TOOMANYREQUESTS') {
    return replyOf(429, 'too-many-requests', message, { 'retry-after': seconds(retryAfterMs) })
  }
  return replyOf(400, 'invalid', message)
}

function replyOf(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ErrorReply {
  return { status, headers, body: { error: { code, message } } }
}

function seconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)))
}

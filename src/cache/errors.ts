import { OciError, type OciErrorCode } from '../oci/errors.ts'
import type { UpstreamError, UpstreamErrorCode } from '../upstream/errors.ts'

/** What a client is told when an upstream says nothing of when to come back. */
const RETRY_RATE_LIMITED_MS = 60_000
const RETRY_TROUBLE_MS = 30_000

const CODES: Record<Exclude<UpstreamErrorCode, 'not-found'>, OciErrorCode> = {
  unreachable: 'UPSTREAM_UNAVAILABLE',
  timeout: 'UPSTREAM_TIMEOUT',
  failed: 'UPSTREAM_UNAVAILABLE',
  'rate-limited': 'TOOMANYREQUESTS',
  denied: 'DENIED',
  invalid: 'UPSTREAM_INVALID',
  interrupted: 'UPSTREAM_UNAVAILABLE',
  refused: 'UPSTREAM_UNAVAILABLE',
}

/** What a client asks for, and what it is told when the upstream does not have it. */
const NOT_FOUND = {
  manifest: 'MANIFEST_UNKNOWN',
  blob: 'BLOB_UNKNOWN',
  tags: 'NAME_UNKNOWN',
  referrers: 'NAME_UNKNOWN',
} as const

export type AskedKind = keyof typeof NOT_FOUND

/** What the client is told about an upstream's failure that nothing in the cache makes up for. */
export function toOciError(error: UpstreamError, asked: string, kind: AskedKind): OciError {
  const code = error.code === 'not-found' ? NOT_FOUND[kind] : CODES[error.code]
  const retryAfterMs = retryAfter(error)
  const advice =
    retryAfterMs === undefined
      ? ''
      : `; nothing of it is cached here, try again in ${Math.ceil(retryAfterMs / 1000)} s`
  return new OciError(code, `${asked}: ${error.message}${advice}`, {
    detail: { upstream: error.upstream, ...(error.status === undefined ? {} : { status: error.status }) },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: error,
  })
}

function retryAfter(error: UpstreamError): number | undefined {
  switch (error.code) {
    case 'rate-limited':
      return error.retryAfterMs ?? RETRY_RATE_LIMITED_MS
    case 'unreachable':
    case 'timeout':
    case 'failed':
    case 'interrupted':
      return error.retryAfterMs ?? RETRY_TROUBLE_MS
    default:
      return undefined
  }
}

/**
 * Trouble is what says nothing about the content: the upstream cannot be asked, or not now. In trouble we
 * serve what we have. `denied` and `not-found` are answers; what they mean depends on who asks.
 */
export function isTrouble(error: UpstreamError): boolean {
  return error.code !== 'denied' && error.code !== 'not-found'
}

import type { ServerResponse } from 'node:http'
import { PROBE_MS } from '../../cache/storage-health.ts'
import { errorBody, OciError } from '../../oci/errors.ts'
import { redactSecrets } from '../../redact.ts'
import { storageTroubleOf } from '../../store/storage-error.ts'
import { API_VERSION, type HeaderList } from './headers.ts'

/** What a client is told of an error: its own when it is meant for clients, otherwise nothing but a code. */
export function asOciError(error: unknown): OciError {
  if (error instanceof OciError) return error
  const trouble = storageTroubleOf(error)
  if (trouble !== undefined) {
    const message = `the ${trouble.part} of the cache is ${trouble.kind} (${trouble.code}): try again, or see the log of the server`
    return new OciError('STORAGE_UNAVAILABLE', message, { retryAfterMs: PROBE_MS, cause: error })
  }
  return new OciError('UNKNOWN', 'internal error: the log of the server says more', { cause: error })
}

/** Answers with the specification's JSON. `extra` goes into the head: with 401 the challenge has to be in it. */
export function replyError(
  response: ServerResponse,
  error: OciError,
  isHead: boolean,
  extra: HeaderList = [],
): void {
  const body = Buffer.from(redactSecrets(errorBody(error)))
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length), ...API_VERSION]
  headers.push('X-Content-Type-Options', 'nosniff', 'Cache-Control', 'no-store', ...extra)
  if (error.status === 405) headers.push('Allow', 'GET, HEAD', 'Connection', 'close')
  if (error.retryAfterMs !== undefined) {
    headers.push('Retry-After', String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))))
  }
  response.writeHead(error.status, headers)
  if (isHead) response.end()
  else response.end(body)
}

import type { IncomingHttpHeaders } from 'node:http'
import { redactText } from '../redact.ts'
import { UpstreamError, type UpstreamErrorCode } from './errors.ts'
import { readBody } from './read-body.ts'
import { readRetryAfter } from './retry-after.ts'

export interface FailedReply {
  readonly upstream: string
  readonly server: 'registry' | 'token'
  /** Who answered, as a person is told: `docker.io`, `docker.io's token server https://…`. */
  readonly who: string
  /** What was asked: `library/app:latest`. */
  readonly asked: string
  /** True when a redirect led away from the upstream: what is answered there is no word of the registry. */
  readonly elsewhere: boolean
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: AsyncIterable<Buffer>
  readonly nowMs: number
}

const MAX_ERROR_BODY_BYTES = 64 * 1024
const MAX_MESSAGE_LENGTH = 200

/** The error for a reply that is not what was asked for. Reads the body for the first message in it. */
export async function failedReply(reply: FailedReply): Promise<UpstreamError> {
  const { status, headers, nowMs } = reply
  const said = await readMessage(reply.body)
  const retryAfterMs = readRetryAfter(headers, nowMs)
  const when =
    retryAfterMs === undefined ? '' : `; it asks to come back in ${Math.ceil(retryAfterMs / 1_000)} s`
  const quoted = said === undefined ? '' : `: "${said}"`
  return new UpstreamError(
    codeFor(reply),
    `${reply.who} answered ${status} when asked for ${reply.asked}${quoted}${when}`,
    {
      upstream: reply.upstream,
      server: reply.server,
      status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  )
}

function codeFor(reply: FailedReply): UpstreamErrorCode {
  switch (reply.status) {
    case 401:
    case 403:
      // A CDN says 403 for a signature that ran out and for trouble of its own.
      return reply.elsewhere ? 'failed' : 'denied'
    case 404:
      return reply.server === 'registry' ? 'not-found' : 'failed'
    case 429:
      // Where a redirect led, a limit is not one that the registry counts for us.
      return reply.elsewhere ? 'failed' : 'rate-limited'
    default:
      return 'failed'
  }
}

/** The first message of a registry's or a token server's JSON, cut and redacted. */
async function readMessage(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const bytes = await readBody(body, MAX_ERROR_BODY_BYTES).catch(() => undefined)
  const message = bytes === undefined ? undefined : findMessage(bytes.toString())
  if (message === undefined) return undefined
  const shown = redactText(message).trim()
  if (shown === '') return undefined
  return shown.length > MAX_MESSAGE_LENGTH ? `${shown.slice(0, MAX_MESSAGE_LENGTH)}…` : shown
}

function findMessage(text: string): string | undefined {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(document)) return undefined
  const first: unknown = Array.isArray(document.errors) ? document.errors[0] : document
  if (!isRecord(first)) return undefined
  // Distribution's errors have `message`, Docker Hub's token server `details`, OAuth2 `error_description`.
  return [first.message, first.details, first.error_description, first.code].find(isText)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

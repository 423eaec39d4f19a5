import type { Dispatcher } from 'undici'
import type { Clock } from '../clock.ts'
import { redactUrl } from '../redact.ts'
import { Deadline } from './deadline.ts'
import { abandonBody } from './discard-body.ts'
import type { UpstreamDispatcher } from './dispatcher.ts'
import { UpstreamError } from './errors.ts'
import { failedReply } from './failed-reply.ts'
import { type IssuedToken, readIssuedToken } from './issued-token.ts'
import { readBody } from './read-body.ts'
import { explainTransportError, safeCause } from './transport-error.ts'
import type { UpstreamCredential } from './upstream.ts'

export interface TokenRequest {
  readonly upstream: string
  /** Judged already. */
  readonly realm: URL
  readonly service: string | undefined
  readonly scope: string
  readonly credential: UpstreamCredential | undefined
  /** As in UpstreamRequest. */
  readonly onSent?: (() => void) | undefined
}

export interface TokenRequestOptions {
  readonly dispatcher: UpstreamDispatcher
  readonly clock: Clock
  readonly userAgent: string
  readonly deadlineMs: number
}

/** Tokens are a few KiB; a proxy in the way may send anything. */
const MAX_TOKEN_BODY_BYTES = 64 * 1024

/** Asks a token server once. @throws UpstreamError with `server: 'token'` */
export async function requestToken(asked: TokenRequest, options: TokenRequestOptions): Promise<IssuedToken> {
  const deadline = new Deadline(options.clock, options.deadlineMs, undefined)
  const server = `${asked.upstream}'s token server ${redactUrl(asked.realm)}`
  const fail = (code: UpstreamError['code'], what: string, cause?: unknown) =>
    new UpstreamError(code, `${server} ${what}`, { upstream: asked.upstream, server: 'token', cause })
  try {
    asked.onSent?.()
    const reply = await options.dispatcher.request(tokenUrl(asked), {
      method: 'GET',
      headers: {
        'user-agent': options.userAgent,
        accept: 'application/json',
        ...(asked.credential === undefined ? {} : { authorization: basicAuthorization(asked.credential) }),
      },
      signal: deadline.signal,
    })
    return await readToken(reply, asked, fail, options.clock.now())
  } catch (error) {
    if (deadline.expired) throw fail('timeout', `did not answer within ${options.deadlineMs} ms`)
    if (error instanceof UpstreamError) throw error
    const { code, what } = explainTransportError(error)
    throw fail(code, what, safeCause(error))
  } finally {
    deadline.dispose()
  }
}

/** RFC 7617. */
export function basicAuthorization(credential: UpstreamCredential): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`
}

function tokenUrl(asked: TokenRequest): URL {
  const url = new URL(asked.realm)
  if (asked.service !== undefined) url.searchParams.set('service', asked.service)
  url.searchParams.set('scope', asked.scope)
  return url
}

async function readToken(
  reply: Dispatcher.ResponseData,
  asked: TokenRequest,
  fail: (code: UpstreamError['code'], what: string) => UpstreamError,
  nowMs: number,
): Promise<IssuedToken> {
  const { statusCode: status, headers, body } = reply
  if (status >= 300 && status < 400) {
    abandonBody(body)
    throw fail('refused', `answered ${status}: redirects of token requests are not followed`)
  }
  if (status !== 200) {
    const who = `${asked.upstream}'s token server ${redactUrl(asked.realm)}`
    const facts = { upstream: asked.upstream, server: 'token', elsewhere: false } as const
    throw await failedReply({
      ...facts,
      who,
      asked: `a token for ${asked.scope}`,
      status,
      headers,
      body,
      nowMs,
    })
  }
  const bytes = await readBody(body, MAX_TOKEN_BODY_BYTES)
  if (bytes === undefined) throw fail('failed', `answered with more than ${MAX_TOKEN_BODY_BYTES} bytes`)
  const issued = readIssuedToken(bytes.toString())
  if (issued === undefined) throw fail('failed', 'answered with something that holds no token')
  return issued
}

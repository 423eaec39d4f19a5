import { STATUS_CODES } from 'node:http'
import { errors, request } from 'undici'
import type { EnvironmentProxy } from '../../proxy-choice.ts'
import { redactUrl } from '../../redact.ts'
import { ServerAgents } from '../../runner/protocol/server-agents.ts'

export interface FetchOrder {
  readonly url: string
  /** Of what is here already. */
  readonly etag: string | undefined
  readonly maxBytes: number
  readonly deadlineMs: number
  readonly proxy: EnvironmentProxy
}

/** `why` goes on after the address. */
export type FetchedText =
  | { readonly kind: 'text'; readonly text: string; readonly etag: string | undefined }
  | { readonly kind: 'unchanged' }
  /** The server cannot answer now. */
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }

const MAX_REDIRECTS = 5

/** Asks a server for a text of limited size, within a limited time. */
export async function fetchText(order: FetchOrder): Promise<FetchedText> {
  const deadline = AbortSignal.timeout(order.deadlineMs)
  const { proxy, maxBytes } = order
  const agents = new ServerAgents({ secureContext: undefined, proxy, maxReplyBytes: maxBytes })
  try {
    let url = new URL(order.url)
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const reply = await ask(url, order.etag, agents, deadline)
      if (typeof reply !== 'string') return reply
      if (!URL.canParse(reply, url.href)) return { kind: 'refused', why: 'redirects to what is no address' }
      const next = new URL(reply, url)
      // A server that is asked over TLS is not left for one that anybody may answer for.
      if (next.protocol !== 'https:' && next.protocol !== url.protocol) {
        return { kind: 'refused', why: `redirects to ${redactUrl(next)}` }
      }
      url = next
    }
    return { kind: 'refused', why: `redirects more than ${MAX_REDIRECTS} times` }
  } catch (error) {
    if (error instanceof errors.ResponseExceededMaxSizeError) {
      return { kind: 'refused', why: `is larger than ${order.maxBytes} bytes` }
    }
    if (deadline.aborted)
      return { kind: 'unreachable', why: `did not answer within ${order.deadlineMs / 1000} s` }
    const { code = 'no reason given' } = error as { code?: string }
    return { kind: 'unreachable', why: `cannot be reached (${code})` }
  } finally {
    await agents.close()
  }
}

/** @returns where else it is */
async function ask(
  url: URL,
  etag: string | undefined,
  agents: ServerAgents,
  signal: AbortSignal,
): Promise<FetchedText | string> {
  const { statusCode, headers, body } = await request(url, {
    dispatcher: agents.for(url),
    headers: { accept: '*/*', ...(etag !== undefined && { 'if-none-match': etag }) },
    signal,
  })
  const header = (name: string) => [headers[name]].flat()[0]
  const location = header('location')
  if (statusCode === 200) return { kind: 'text', text: await body.text(), etag: header('etag') }
  // Whatever else there is to read goes with the connection.
  body.on('error', () => {}).destroy()
  if (statusCode >= 300 && statusCode < 400 && location !== undefined) return location
  if (statusCode === 304 && etag !== undefined) return { kind: 'unchanged' }
  const why = `was answered with ${statusCode} ${STATUS_CODES[statusCode] ?? ''}`.trim()
  return { kind: statusCode >= 500 || statusCode === 429 ? 'unreachable' : 'refused', why }
}

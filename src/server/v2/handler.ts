import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseOciRequest } from '../../oci/request.ts'
import { ClientGone } from '../../streams/send.ts'
import type { AppContext } from '../context.ts'
import { serveBlob } from './blobs.ts'
import { asOciError, replyError } from './error-reply.ts'
import type { Exchange } from './exchange.ts'
import { API_VERSION } from './headers.ts'
import { serveManifest } from './manifests.ts'
import { logExchange } from './request-log.ts'

const PING_BODY = '{}'

/** Answers every request under /v2, whatever its method. Never rejects. */
export async function handleV2(
  context: AppContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAt = performance.now()
  const exchange: Exchange = { request, response, sentBytes: 0 }
  let failure: unknown
  try {
    await answer(context, exchange)
  } catch (error) {
    failure = error
    settle(exchange, error)
  }
  logExchange(context.log, exchange, performance.now() - startedAt, failure)
}

async function answer(context: AppContext, exchange: Exchange): Promise<void> {
  const { request, response } = exchange
  const asked = parseOciRequest(request.method ?? '', request.url ?? '')
  const group = context.doorKeeper.admit(request, asked)
  if (asked.kind === 'ping') {
    const headers = ['Content-Type', 'application/json', 'Content-Length', String(PING_BODY.length)]
    response.writeHead(200, [...headers, ...API_VERSION])
    response.end(request.method === 'HEAD' ? undefined : PING_BODY)
    return
  }
  const target = context.target(asked.target, group)
  if (asked.kind === 'manifest') await serveManifest(context.cache, exchange, asked, target)
  else await serveBlob(context.cache, context.pool, exchange, asked, target)
}

/** A failed reply: told in full when nothing was sent yet, otherwise cut off so that nobody takes it as whole. */
function settle({ request, response }: Exchange, error: unknown): void {
  if (response.headersSent || response.destroyed || error instanceof ClientGone) response.destroy()
  else replyError(response, asOciError(error), request.method === 'HEAD')
}

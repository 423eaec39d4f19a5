import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PullTarget } from '../../cache/access.ts'
import { type OciRequest, parseOciRequest } from '../../oci/request.ts'
import { ClientGone } from '../../streams/send.ts'
import type { AppContext } from '../context.ts'
import { serveBlob } from './blobs.ts'
import { asOciError, replyError } from './error-reply.ts'
import type { Exchange } from './exchange.ts'
import { API_VERSION } from './headers.ts'
import { serveManifest, serveManifestFromMemory } from './manifests.ts'
import { logExchange } from './request-log.ts'

const PING_BODY = '{}'

/** A request for content that may be asked for. */
interface Admitted {
  readonly asked: Exclude<OciRequest, { kind: 'ping' }>
  readonly target: PullTarget
}

/** Answers every request under /v2, whatever its method. Never throws. */
export function handleV2(context: AppContext, request: IncomingMessage, response: ServerResponse): void {
  const exchange: Exchange = { request, response, startedAt: performance.now(), sentBytes: 0 }
  try {
    const admitted = admit(context, exchange)
    if (admitted !== undefined && !answerFromMemory(context, exchange, admitted)) {
      void answer(context, exchange, admitted)
      return
    }
    logExchange(context.log, exchange)
  } catch (error) {
    settle(context, exchange, error)
  }
}

/** Checks and routes a request; answers at once when there is nothing to get. */
function admit(context: AppContext, { request, response }: Exchange): Admitted | undefined {
  const asked = parseOciRequest(request.method ?? '', request.url ?? '')
  const group = context.doorKeeper.admit(request, asked)
  if (asked.kind !== 'ping') return { asked, target: context.target(asked.target, group) }
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(PING_BODY.length)]
  response.writeHead(200, [...headers, ...API_VERSION])
  response.end(request.method === 'HEAD' ? undefined : PING_BODY)
  return undefined
}

function answerFromMemory({ cache }: AppContext, exchange: Exchange, { asked, target }: Admitted): boolean {
  return asked.kind === 'manifest' && serveManifestFromMemory(cache, exchange, asked, target)
}

async function answer(context: AppContext, exchange: Exchange, { asked, target }: Admitted): Promise<void> {
  try {
    if (asked.kind === 'manifest') await serveManifest(context.cache, exchange, asked, target)
    else await serveBlob(context.cache, context.pool, exchange, asked, target)
    logExchange(context.log, exchange)
  } catch (error) {
    settle(context, exchange, error)
  }
}

/** A failed reply: told in full when nothing was sent yet, otherwise cut off so that nobody takes it as whole. */
function settle(context: AppContext, exchange: Exchange, error: unknown): void {
  const { request, response } = exchange
  if (response.headersSent || response.destroyed || error instanceof ClientGone) response.destroy()
  else replyError(response, asOciError(error), request.method === 'HEAD')
  logExchange(context.log, exchange, error)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PullTarget } from '../../cache/access.ts'
import { chargedTarget } from '../../cache/charged-upstream.ts'
import { OciError } from '../../oci/errors.ts'
import { type OciRequest, type OciTarget, parseOciRequest } from '../../oci/request.ts'
import { ClientGone } from '../../streams/send.ts'
import type { AppContext } from '../context.ts'
import type { Admission } from '../door-keeper.ts'
import { endingOf } from '../metrics/ending.ts'
import { PullCharge } from '../pull-charge.ts'
import { serveBlob } from './blobs.ts'
import { challengeFor } from './challenge.ts'
import { asOciError, replyError } from './error-reply.ts'
import type { Exchange } from './exchange.ts'
import { API_VERSION } from './headers.ts'
import { serveReferrers, serveTags } from './lists.ts'
import { serveManifest, serveManifestFromMemory } from './manifests.ts'
import { type ContentRequest, clientOf, isForContent, notePull } from './note-pull.ts'
import { logExchange } from './request-log.ts'

const PING_BODY = '{}'

/** A request for content that may be asked for. */
interface Wanted {
  readonly asked: Exclude<OciRequest, { kind: 'ping' }>
  readonly target: PullTarget
}

/** Answers every request under /v2, whatever its method. Never throws. */
export function handleV2(context: AppContext, request: IncomingMessage, response: ServerResponse): void {
  const exchange: Exchange = { request, response, startedAt: performance.now(), sentBytes: 0 }
  try {
    const asked = parseOciRequest(request.method ?? '', request.url ?? '')
    exchange.asked = asked
    const admission = context.access.doorKeeper.peek(request, asked)
    if (admission === undefined) {
      void answerStranger(context, exchange, asked)
      return
    }
    const wanted = enter(context, exchange, asked, admission)
    if (wanted !== undefined && !answerFromMemory(context, exchange, wanted)) {
      void answer(context, exchange, wanted)
      return
    }
    if (wanted !== undefined && isForContent(wanted.asked)) {
      exchange.client = clientOf(exchange, context.access.doorKeeper)
      notePull(context.books, exchange, wanted.asked, wanted.target, context.clock.now())
    }
    conclude(context, exchange)
  } catch (error) {
    settle(context, exchange, error)
  }
}

/** Somebody whose credentials were not seen before. */
async function answerStranger(context: AppContext, exchange: Exchange, asked: OciRequest): Promise<void> {
  try {
    const admission = await context.access.doorKeeper.admit(exchange.request, asked)
    const wanted = enter(context, exchange, asked, admission)
    if (wanted === undefined) conclude(context, exchange)
    else await answer(context, exchange, wanted)
  } catch (error) {
    settle(context, exchange, error)
  }
}

/** Routes a request; answers at once when there is nothing to get. */
function enter(
  context: AppContext,
  exchange: Exchange,
  asked: OciRequest,
  admission: Admission,
): Wanted | undefined {
  const { request, response } = exchange
  exchange.admission = admission
  if (asked.kind !== 'ping') return { asked, target: targetOf(context, request, asked.target, admission) }
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(PING_BODY.length)]
  response.writeHead(200, [...headers, ...API_VERSION])
  response.end(request.method === 'HEAD' ? undefined : PING_BODY)
  return undefined
}

function targetOf(
  context: AppContext,
  request: IncomingMessage,
  written: OciTarget,
  admission: Admission,
): PullTarget {
  try {
    return context.target(written, admission)
  } catch (error) {
    if (error instanceof OciError && error.code === 'DENIED') {
      context.access.doorKeeper.noteDenied(request, { reason: error.message, ...admission })
    }
    throw error
  }
}

function answerFromMemory({ cache }: AppContext, exchange: Exchange, { asked, target }: Wanted): boolean {
  return asked.kind === 'manifest' && serveManifestFromMemory(cache, exchange, asked, target)
}

async function answer(context: AppContext, exchange: Exchange, wanted: Wanted): Promise<void> {
  try {
    const { asked, target } = wanted
    if (isForContent(asked)) await serveNoted(context, exchange, asked, target)
    else await serve(context, exchange, wanted)
    conclude(context, exchange)
  } catch (error) {
    settle(context, exchange, error)
  }
}

/** What a client is sent is put down, and what it costs is charged to its pull. */
async function serveNoted(
  context: AppContext,
  exchange: Exchange,
  asked: ContentRequest,
  target: PullTarget,
): Promise<void> {
  const { books, clock, access } = context
  const beganAt = clock.now()
  const charge = new PullCharge()
  exchange.charge = charge
  exchange.client = clientOf(exchange, access.doorKeeper)
  const held = books.pulls.hold(exchange, target)
  try {
    await serve(context, exchange, { asked, target: chargedTarget(target, charge.add) })
  } finally {
    notePull(books, exchange, asked, target, beganAt)
    if (held !== undefined) books.pulls.release(held)
  }
}

function serve({ cache, pool }: AppContext, exchange: Exchange, { asked, target }: Wanted): Promise<void> {
  switch (asked.kind) {
    case 'manifest':
      return serveManifest(cache, exchange, asked, target)
    case 'blob':
      return serveBlob(cache, pool, exchange, asked, target)
    case 'tags':
      return serveTags(cache, exchange, asked, target)
    case 'referrers':
      return serveReferrers(cache, exchange, asked, target)
  }
}

/** Takes note of a request that is over. */
function conclude({ metrics, log }: AppContext, exchange: Exchange, failure?: unknown): void {
  const { asked, answered, sentBytes, startedAt } = exchange
  const ending = endingOf(answered, failure)
  metrics.traffic.note({ asked, ending, sentBytes, durationMs: performance.now() - startedAt })
  logExchange(log, exchange, failure)
}

/** A failed reply: told in full when nothing was sent yet, otherwise cut off so that nobody takes it as whole. */
function settle(context: AppContext, exchange: Exchange, error: unknown): void {
  const { request, response } = exchange
  if (response.headersSent || response.destroyed || error instanceof ClientGone) response.destroy()
  else {
    const told = asOciError(error)
    const { externalUrl, access } = context
    const challenge =
      told.status === 401 ? ['WWW-Authenticate', challengeFor(request, { externalUrl, ...access })] : []
    replyError(response, told, request.method === 'HEAD', challenge)
  }
  conclude(context, exchange, error)
}

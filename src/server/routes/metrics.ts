import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { OciError } from '../../oci/errors.ts'
import type { DoorKeeper } from '../door-keeper.ts'
import type { MetricsText } from '../metrics/metrics-text.ts'
import { replyError } from '../v2/error-reply.ts'

export const METRICS_PATH = '/metrics'

/** GET /metrics for whoever comes: on a listener that is for nothing else. */
export function openMetricsRoute(app: FastifyInstance, metrics: MetricsText): void {
  app.get(METRICS_PATH, (_request, reply) => answer(metrics, reply))
}

/**
 * GET /metrics beside the registry: for clients on this machine that may pull without credentials, and for tokens of
 * role admin, as a bearer token or a password.
 */
export function metricsRoute(
  app: FastifyInstance,
  { metrics, doorKeeper }: { readonly metrics: MetricsText; readonly doorKeeper: DoorKeeper },
): void {
  app.get(METRICS_PATH, async (request, reply) => {
    try {
      admit(doorKeeper, request)
    } catch (error) {
      if (!(error instanceof OciError)) throw error
      reply.hijack()
      replyError(reply.raw, error, false, error.status === 401 ? CHALLENGE : [])
      return reply
    }
    return answer(metrics, reply)
  })
}

const CHALLENGE = ['WWW-Authenticate', 'Basic realm="entrepot", charset="UTF-8"']

/** @throws OciError UNAUTHORIZED, DENIED, TOOMANYREQUESTS */
function admit(doorKeeper: DoorKeeper, { raw }: FastifyRequest): void {
  if (doorKeeper.admitsOnlooker(raw)) return
  const { role } = doorKeeper.identifyOwner(raw)
  if (role !== 'admin') throw new OciError('DENIED', 'only a token of role admin may see the metrics')
}

async function answer(metrics: MetricsText, reply: FastifyReply): Promise<FastifyReply> {
  const text = await metrics.render()
  return reply
    .headers({
      'content-type': metrics.contentType,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .send(text)
}

import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { UpstreamReport } from '../upstream-report.ts'

export const UPSTREAMS_PATH = '/api/v1/upstreams'

export interface UpstreamsRoute {
  list(): readonly UpstreamReport[]
  /** Whether who sent this may see it. */
  admits(request: IncomingMessage): boolean
}

/** GET /api/v1/upstreams: which of them answer, and what they still let us pull. */
export function upstreamsRoute(app: FastifyInstance, { list, admits }: UpstreamsRoute): void {
  app.get(UPSTREAMS_PATH, async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    if (admits(request.raw)) return { upstreams: list() }
    return reply.code(403).send({ error: 'only clients on this machine may see the upstreams' })
  })
}

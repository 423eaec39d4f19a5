import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

export const ATTACH_PATH = '/api/v1/attach'

/**
 * GET /api/v1/attach: a reply that lasts as long as its client, or the server. Whoever holds one keeps a server from
 * leaving for want of requests, and learns at once when it goes.
 */
export function attachRoute(app: FastifyInstance): void {
  const attached = new Set<ServerResponse>()
  app.get(ATTACH_PATH, (_request, reply) => {
    reply.hijack()
    const { raw } = reply
    attached.add(raw)
    raw.once('close', () => attached.delete(raw))
    raw.writeHead(200, { 'content-type': 'application/x-ndjson' })
    raw.write(`${JSON.stringify({ type: 'attached' })}\n`)
  })
  app.addHook('preClose', async () => {
    for (const raw of attached) raw.end()
  })
}

import fastify, { type FastifyInstance } from 'fastify'
import type { ConnectionLimits } from './connection-limits.ts'
import { createHttpServer } from './http-server.ts'
import type { MetricsText } from './metrics/metrics-text.ts'
import { openMetricsRoute } from './routes/metrics.ts'

/** A listener that has /metrics and nothing else, for whoever can reach it. Plain HTTP, as scrapers expect it. */
export function buildMetricsApp(metrics: MetricsText, limits: ConnectionLimits): FastifyInstance {
  const app = fastify({
    logger: false,
    forceCloseConnections: 'idle',
    serverFactory: (listener) => createHttpServer(limits, undefined, listener),
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  openMetricsRoute(app, metrics)
  return app
}

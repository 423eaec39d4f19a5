import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { OciError } from '../oci/errors.ts'
import type { AppContext } from './context.ts'
import { healthRoutes } from './routes/health.ts'
import { replyError } from './v2/error-reply.ts'
import { handleV2 } from './v2/handler.ts'

/** A request's head must be complete within this time, whether it trickles in or never begins. */
const HEADERS_TIMEOUT_MS = 15_000
/** The same for a whole request: none that we serve has a body. */
const REQUEST_TIMEOUT_MS = 30_000
/** How often the two are looked at. */
const CONNECTION_CHECK_MS = 5_000
/** Longer than clients and reverse proxies keep an idle connection, so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000
/** Room for a bearer token and a few cookies; more is a flood. */
const MAX_HEADER_BYTES = 16 * 1024
const MAX_HEADER_COUNT = 100
/** Sockets cost memory before they say anything. */
const MAX_CONNECTIONS = 10_000

/** The HTTP server: its limits, and who answers what. */
export function buildApp(context: AppContext): FastifyInstance {
  const app = fastify({
    logger: false,
    // While the server stops, those who are connected are still answered, and in our own words.
    return503OnClosing: false,
    forceCloseConnections: false,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTION_CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    frameworkErrors: (_error, request, reply) => passOn(context, request, reply),
  })
  app.server.maxConnections = MAX_CONNECTIONS
  app.server.maxHeadersCount = MAX_HEADER_COUNT
  // Nothing here takes a body: it is not read, and the refusal closes the connection.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  healthRoutes(app, context)
  const v2 = (request: FastifyRequest, reply: FastifyReply): void => passOn(context, request, reply)
  app.all('/v2', v2)
  app.all('/v2/*', v2)
  // Methods and paths that the framework's router does not know end here too.
  app.setNotFoundHandler(v2)
  return app
}

/** Hands the exchange over as it came in: the framework neither decodes the path nor touches the reply. */
function passOn(context: AppContext, { raw: request }: FastifyRequest, reply: FastifyReply): void {
  reply.hijack()
  if (request.url?.startsWith('/v2') === true) {
    void handleV2(context, request, reply.raw)
    return
  }
  const error = new OciError('NAME_UNKNOWN', 'nothing is here: the registry is under /v2/')
  replyError(reply.raw, error, request.method === 'HEAD')
}

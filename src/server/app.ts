import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { OciError } from '../oci/errors.ts'
import { isRegistryUrl } from '../oci/request.ts'
import type { Certificate } from './certificate.ts'
import type { ConnectionLimits } from './connection-limits.ts'
import type { AppContext } from './context.ts'
import { createHttpServer } from './http-server.ts'
import { healthRoutes } from './routes/health.ts'
import { type JobCredentialsRoute, jobCredentialRoutes } from './routes/job-credentials.ts'
import { metricsRoute } from './routes/metrics.ts'
import { tokenRoute } from './routes/token.ts'
import { upstreamsRoute } from './routes/upstreams.ts'
import { replyError } from './v2/error-reply.ts'
import { handleV2 } from './v2/handler.ts'

/** The HTTP server: its limits, and who answers what. */
export function buildApp(
  context: AppContext & Pick<JobCredentialsRoute, 'engineAddress'>,
  limits: ConnectionLimits,
  certificate?: Certificate,
): FastifyInstance {
  const app = fastify({
    logger: false,
    // While the server stops, those who are connected are still answered, and in our own words.
    return503OnClosing: false,
    forceCloseConnections: false,
    serverFactory: (listener) => createHttpServer(limits, certificate, listener),
    frameworkErrors: (_error, request, reply) => passOn(context, request, reply),
  })
  // What takes a body says so: any other is not read, and the refusal closes the connection.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  healthRoutes(app, context)
  upstreamsRoute(app, {
    list: () => context.listUpstreams(),
    admits: (request) => context.access.doorKeeper.admitsOnlooker(request),
  })
  metricsRoute(app, { metrics: context.metrics, doorKeeper: context.access.doorKeeper })
  tokenRoute(app, context.access)
  jobCredentialRoutes(app, context)
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
  if (request.url !== undefined && isRegistryUrl(request.url)) {
    handleV2(context, request, reply.raw)
    return
  }
  const error = new OciError('NAME_UNKNOWN', 'nothing is here: the registry is under /v2/')
  replyError(reply.raw, error, request.method === 'HEAD')
}

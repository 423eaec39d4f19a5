import fastify, { type FastifyInstance } from 'fastify'
import type { Log } from '../log.ts'
import { OciError } from '../oci/errors.ts'
import type { AccessControl } from './control/access-control.ts'
import type { CacheControl } from './control/cache-control.ts'
import { ControlError, type ControlErrorCode } from './control/errors.ts'
import type { JobListeners } from './job-listeners.ts'
import { accessControlRoutes } from './routes/access-control.ts'
import { attachRoute } from './routes/attach.ts'
import { controlRoutes } from './routes/control.ts'
import { type JobCredentialsRoute, jobCredentialControlRoutes } from './routes/job-credentials.ts'
import { jobListenersRoute } from './routes/job-listeners.ts'
import { jobMirrorsRoute, type OpenJobMirror } from './routes/job-mirrors.ts'
import type { AboutReply } from './schemas/about.ts'

/** A thousand image names of the greatest length. */
const MAX_BODY_BYTES = 1024 * 1024

/** Which server this is, and where it is reached. */
const ABOUT_PATH = '/api/v1/server'

const STATUS: Record<ControlErrorCode, number> = { 'not-found': 404, invalid: 400, failed: 500 }

export interface ControlAppParts {
  readonly cache: CacheControl
  readonly access: AccessControl
  readonly jobs: JobCredentialsRoute
  readonly about: () => AboutReply
  readonly jobListeners: JobListeners
  readonly openMirror: OpenJobMirror
  readonly log: Log
}

/**
 * What is answered on control.sock. Whoever can open it runs this server, or could stop it: there is no other
 * door here.
 */
export function buildControlApp(parts: ControlAppParts): FastifyInstance {
  const { cache, access, jobs, about, jobListeners, openMirror, log } = parts
  const app = fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, forceCloseConnections: 'idle' })
  app.setErrorHandler((error, _request, reply) => {
    const told = explain(error)
    if (told.code === 'failed')
      log.error({ event: 'control.failed', err: error }, 'an operation on control.sock failed')
    return reply.code(STATUS[told.code]).send({ error: { code: told.code, message: told.message } })
  })
  app.setNotFoundHandler((request, reply) => {
    const message = `this server knows no ${request.method} ${request.url}: is the command of another version?`
    return reply.code(404).send({ error: { code: 'invalid', message } })
  })
  controlRoutes(app, cache, log)
  accessControlRoutes(app, access)
  jobCredentialControlRoutes(app, jobs)
  jobListenersRoute(app, jobListeners)
  jobMirrorsRoute(app, openMirror)
  attachRoute(app)
  app.get(ABOUT_PATH, async () => about())
  return app
}

function explain(error: unknown): ControlError {
  if (error instanceof ControlError) return error
  if (error instanceof OciError) return new ControlError('invalid', error.message, error)
  // The framework's own: a body that is no JSON, or too long.
  if (error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500) {
    return new ControlError('invalid', error.message, error)
  }
  return new ControlError('failed', 'the operation failed: see the log of the server', error)
}

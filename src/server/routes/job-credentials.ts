import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Audit } from '../../auth/audit.ts'
import { ciVariables } from '../../auth/ci-variables.ts'
import type { Credential } from '../../auth/credential.ts'
import { parseDuration } from '../../duration.ts'
import type { Log } from '../../log.ts'
import { parseGroupPath } from '../../oci/group-path.ts'
import type { Access } from '../access.ts'
import { ControlError } from '../control/errors.ts'
import type { JobCaller, JobCredentials } from '../job-credentials.ts'
import { mintBody } from '../schemas/access.ts'
import { read } from '../schemas/read.ts'
import { clientUrlOf } from '../v2/challenge.ts'
import { isRefusal, jobCredentialError } from './job-credential-error.ts'
import { parseJson } from './json-body.ts'

export const JOB_CREDENTIALS_PATH = '/api/v1/job-credentials'

const MAX_BODY_BYTES = 64 * 1024

export interface JobCredentialsRoute {
  readonly jobs: JobCredentials
  readonly access: Access
  readonly registries: readonly FrontedRegistry[]
  readonly audit: Audit
  readonly externalUrl: URL | undefined
  /** Where an engine pulls whose 127.0.0.1 has that name; undefined where it is not ours. Absent: nowhere. */
  readonly engineAddress?: ((loopback: string) => Promise<string | undefined>) | undefined
  readonly log: Log
}

/** A registry from which something may be pulled. */
export interface FrontedRegistry {
  readonly name: string
  /** Its name in paths, where the real one has a port. */
  readonly alias: string | null
}

/** Whoever can open control.sock is asked nothing. */
const CONTROL: JobCaller = { from: 'control', credential: undefined }

/** As `jobCredentialRoutes`, on control.sock. */
export function jobCredentialControlRoutes(app: FastifyInstance, route: JobCredentialsRoute): void {
  register(app, route, { identify: () => {}, callerOf: () => CONTROL })
}

/**
 * Credentials for jobs, for those who run them: minted and ended with a token of theirs. Browsers have no way in:
 * nothing here is simple enough for a page of another origin to send, and no page is told that it may.
 */
export function jobCredentialRoutes(app: FastifyInstance, route: JobCredentialsRoute): void {
  const { doorKeeper } = route.access
  const callers = new WeakMap<FastifyRequest, Credential>()
  const callerOf = (request: FastifyRequest): JobCaller => {
    const credential = callers.get(request)
    // Without one it would be control.sock.
    if (credential === undefined) throw new Error('nobody was asked who they are')
    return { from: doorKeeper.addressOf(request.raw), credentialId: credential.id, credential }
  }
  const identify = (request: FastifyRequest): void => {
    callers.set(request, doorKeeper.identifyOwner(request.raw))
  }
  register(app, route, { identify, callerOf })
}

interface Callers {
  /** @throws OciError */
  identify(request: FastifyRequest): void
  callerOf(request: FastifyRequest): JobCaller
}

function register(app: FastifyInstance, route: JobCredentialsRoute, { identify, callerOf }: Callers): void {
  const { jobs, access, registries, audit, externalUrl, engineAddress, log } = route
  const { isTrustedProxy } = access
  app.register(async (scope) => {
    const options = { parseAs: 'string', bodyLimit: MAX_BODY_BYTES } as const
    scope.addContentTypeParser('application/json', options, (_request, body, done) => done(null, body))
    // Before anything is read of the body.
    scope.addHook('onRequest', async (request, reply) => {
      reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
      identify(request)
    })
    scope.setErrorHandler((error, request, reply) => {
      const { status, headers, body } = jobCredentialError(error)
      if (status >= 500)
        log.error({ event: 'api.failed', err: error }, 'a request for job credentials failed')
      if (isRefusal(error)) {
        const { from, credentialId } = callerOf(request)
        const line = `${request.method} ${JOB_CREDENTIALS_PATH}`
        audit.record({ from, credentialId }, { event: 'api.denied', reason: error.message, request: line })
      }
      return reply.code(status).headers(headers).send(body)
    })

    scope.post(JOB_CREDENTIALS_PATH, async (request, reply) => {
      const body = read(mintBody, parseJson(request.body))
      const { group, ttl, jobId, repositories, upstreamAuth, loopback } = body
      const url = clientUrlOf(request.raw, { externalUrl, isTrustedProxy })
      if (url === undefined)
        throw new ControlError('invalid', 'the request has no Host, and externalUrl is not set')
      const ttlMs = ttl === undefined ? undefined : parseDuration(ttl)
      const logins = new Map(Object.entries(upstreamAuth))
      const order = { group: parseGroupPath(group), ttlMs, jobId, repositories, logins }
      const { credential, secret } = await jobs.mint(order, callerOf(request))
      const variables = ciVariables({ url, group: order.group, secret })
      const { id, expiresAt = 0 } = credential
      const endsAt = new Date(expiresAt).toISOString()
      const engine = loopback === undefined ? undefined : await engineAddress?.(loopback)
      const told = { id, expiresAt: endsAt, variables, registries }
      return reply.code(201).send(engine === undefined ? told : { ...told, engineAddress: engine })
    })
    scope.get<{ Params: { id: string } }>(`${JOB_CREDENTIALS_PATH}/:id/pulls`, async (request) =>
      jobs.pulls(request.params.id, callerOf(request)),
    )
    scope.delete<{ Params: { id: string } }>(`${JOB_CREDENTIALS_PATH}/:id`, async (request, reply) => {
      await jobs.revoke(request.params.id, callerOf(request))
      return reply.code(204).send()
    })
  })
}

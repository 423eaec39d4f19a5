import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Login } from '../../auth/login.ts'
import {
  asksMirrorOnly,
  readTokenForm,
  readTokenQuery,
  type TokenRequest,
  type TokenRequestRead,
} from '../../auth/token-request.ts'
import { ANONYMOUS_SUBJECT, type IssuedToken, type Tokens } from '../../auth/tokens.ts'
import { OciError } from '../../oci/errors.ts'
import type { DoorKeeper } from '../door-keeper.ts'
import { TOKEN_PATH } from '../v2/challenge.ts'
import { replyError } from '../v2/error-reply.ts'

const FORM = 'application/x-www-form-urlencoded'
const MAX_FORM_BYTES = 64 * 1024

export interface TokenRoute {
  readonly login: Login
  readonly tokens: Tokens
  readonly doorKeeper: DoorKeeper
}

/**
 * GET and POST /jwt/auth: tokens for pulls. A token names a credential, or nobody; what it opens is decided at each
 * request, so that the scopes asked for are not looked at: containerd asks for two, of which one means nothing.
 */
export function tokenRoute(app: FastifyInstance, route: TokenRoute): void {
  app.register(async (scope) => {
    scope.addContentTypeParser(
      FORM,
      { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
      (_request, body, done) => {
        done(null, body)
      },
    )
    scope.get(TOKEN_PATH, (request, reply) =>
      answer(
        route,
        request,
        reply,
        readTokenQuery(new URL(request.url, 'http://entrepot.invalid').searchParams),
      ),
    )
    scope.post(TOKEN_PATH, (request, reply) => {
      const form = typeof request.body === 'string' ? request.body : ''
      return answer(route, request, reply, readTokenForm(new URLSearchParams(form)))
    })
  })
}

async function answer(
  route: TokenRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  read: TokenRequestRead,
): Promise<unknown> {
  reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  if ('error' in read) {
    return reply.code(400).send({ error: read.error, error_description: read.message })
  }
  try {
    return tokenReply(await issue(route, request, read.request))
  } catch (error) {
    if (!(error instanceof OciError)) throw error
    reply.hijack()
    replyError(reply.raw, error, false, ['WWW-Authenticate', 'Basic realm="entrepot", charset="UTF-8"'])
    return reply
  }
}

async function issue(route: TokenRoute, { raw }: FastifyRequest, asked: TokenRequest): Promise<IssuedToken> {
  const { login, tokens, doorKeeper } = route
  const shown =
    asked.login === undefined ? await doorKeeper.examine(raw) : login.identifySecret(asked.login.password)
  if ('refused' in shown) {
    // dockerd offers the user's Docker Hub password to a mirror that challenges it: that is no attack.
    const isMeantForOthers = shown.refused === 'foreign' && asksMirrorOnly(asked.scopes)
    if (isMeantForOthers && doorKeeper.admitsAnonymously(raw, 'mirror'))
      return tokens.issue(ANONYMOUS_SUBJECT)
    throw doorKeeper.refuse(raw, shown)
  }
  const { credential } = shown
  if (credential !== undefined) return tokens.issue(credential.id, credential.expiresAt)
  if (doorKeeper.admitsAnonymously(raw, 'any')) return tokens.issue(ANONYMOUS_SUBJECT)
  throw new OciError('UNAUTHORIZED', 'credentials are needed: no group is open to this address')
}

/** As distribution has it: `token` for its own clients, `access_token` for those of OAuth 2. No refresh tokens. */
function tokenReply({ token, issuedAt, expiresAt }: IssuedToken): Record<string, string | number> {
  return {
    token,
    access_token: token,
    expires_in: Math.max(1, Math.floor((expiresAt - issuedAt) / 1000)),
    issued_at: new Date(issuedAt).toISOString(),
  }
}

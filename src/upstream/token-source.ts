import { LRUCache } from 'lru-cache'
import type { Challenge } from '../oci/challenge.ts'
import type { Repository } from '../oci/reference.ts'
import { formatScope, pullScope } from '../oci/scope.ts'
import { isStillAhead } from '../still-ahead.ts'
import { untilAborted } from '../until-aborted.ts'
import { UpstreamError } from './errors.ts'
import { decideRealm, type RealmOwner } from './realm-policy.ts'
import {
  basicAuthorization,
  requestToken,
  type TokenRequest,
  type TokenRequestOptions,
} from './token-request.ts'
import type { TokenGate, UpstreamCredential } from './upstream.ts'

/** How an upstream asked to be authorised, in so far as it holds for its other repositories too. */
type Shape =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer'
      readonly realm: URL
      readonly service: string | undefined
      /** Undefined: the usual scope of the repository. */
      readonly fixedScope: string | undefined
    }

interface CachedToken {
  readonly token: string
  readonly renewAt: number
}

/** Some repositories times some credentials; a token is a few KiB. */
const MAX_TOKENS = 1_000
/** Whoever goes on asking with a login that was refused must not use up what the token server lets us ask. */
const REFUSED_MS = 30_000
/** A request may be this long on its way with the token in it. */
const RENEW_BEFORE_EXPIRY_MS = 10_000

export interface TokenSourceOptions extends TokenRequestOptions {
  readonly gate?: TokenGate | undefined
}

/** A request that was answered with a 401. */
export interface Challenged {
  readonly repository: Repository
  readonly credential: UpstreamCredential | undefined
  /** The Authorization that was refused: the token in it is not used again. */
  readonly rejected: string | undefined
  /** As in UpstreamRequest. */
  readonly onSent: (() => void) | undefined
}

/** What a signal's reason is told as when it came while the token server was waited for. */
export class TokenOverdue extends Error {
  override readonly name = 'TokenOverdue'
}

/** Where the Authorization of one upstream comes from: Bearer tokens (distribution token specification) or Basic. */
export class TokenSource {
  readonly #owner: RealmOwner
  readonly #options: TokenSourceOptions
  readonly #tokens = new LRUCache<string, CachedToken>({ max: MAX_TOKENS })
  readonly #refused = new LRUCache<string, { readonly error: UpstreamError; readonly until: number }>({
    max: MAX_TOKENS,
  })
  readonly #inFlight = new Map<string, Promise<string>>()
  #shape: Shape | undefined

  constructor(owner: RealmOwner, options: TokenSourceOptions) {
    this.#owner = owner
    this.#options = options
  }

  /**
   * Authorization for a first try, from what earlier challenges taught; undefined when nothing was learnt.
   * @throws UpstreamError of the token server, or the signal's reason
   */
  async anticipate(
    repository: Repository,
    credential: UpstreamCredential | undefined,
    signal: AbortSignal,
    onSent?: () => void,
  ): Promise<string | undefined> {
    const shape = this.#shape
    if (shape === undefined) return undefined
    if (shape.scheme === 'basic') return credential && basicAuthorization(credential)
    const { realm, service } = shape
    const scope = shape.fixedScope ?? formatScope(pullScope(repository))
    try {
      return await this.#bearer(
        { upstream: this.#owner.name, realm, service, scope, credential, onSent },
        signal,
      )
    } catch (error) {
      // A dead token server must not keep us from asking: the registry may have changed its mind.
      if (error instanceof UpstreamError && error.code !== 'denied' && this.#shape === shape) {
        this.#shape = undefined
      }
      throw error
    }
  }

  /**
   * Authorization for a second try, after a 401 with these challenges; undefined when they leave us none.
   * @throws UpstreamError of the token server, `refused` for a realm we do not go to, or the signal's reason
   */
  async answer(
    challenges: readonly Challenge[],
    { repository, credential, rejected, onSent }: Challenged,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'))
    if (bearer === undefined) {
      const authorization = credential && basicAuthorization(credential)
      const asksBasic = challenges.some(({ scheme }) => scheme === 'basic')
      if (!asksBasic || authorization === undefined || authorization === rejected) return undefined
      this.#shape = { scheme: 'basic' }
      return authorization
    }
    const realm = this.#judge(bearer.parameters.get('realm') ?? '')
    const service = bearer.parameters.get('service')
    const usual = formatScope(pullScope(repository))
    const scope = bearer.parameters.get('scope') || usual
    this.#learn({ realm, service, scope, usual })
    return this.#bearer(
      { upstream: this.#owner.name, realm, service, scope, credential, onSent },
      signal,
      rejected,
    )
  }

  #judge(realm: string): URL {
    const decision = decideRealm(this.#owner, realm)
    if (decision.allowed) return decision.realm
    // The realm itself is not repeated: it may be made to be logged.
    const { name: upstream } = this.#owner
    const message = `${upstream} sends us for a token to a realm that ${decision.reason} (tokenHosts names more)`
    throw new UpstreamError('refused', message, { upstream, server: 'token' })
  }

  #learn(asked: { realm: URL; service: string | undefined; scope: string; usual: string }): void {
    const { realm, service, scope, usual } = asked
    if (scope === usual) {
      this.#shape = { scheme: 'bearer', realm, service, fixedScope: undefined }
    } else if (!scope.startsWith('repository:')) {
      this.#shape = { scheme: 'bearer', realm, service, fixedScope: scope }
    } else {
      // The repository has another name there; nothing follows for others.
      this.#shape = undefined
    }
  }

  async #bearer(asked: TokenRequest, signal: AbortSignal, rejected?: string): Promise<string> {
    const key = keyOf(asked)
    const cached = this.#tokens.get(key)
    if (
      cached !== undefined &&
      bearerOf(cached.token) !== rejected &&
      this.#options.clock.now() < cached.renewAt
    ) {
      return bearerOf(cached.token)
    }
    const refused = this.#refused.get(key)
    if (refused !== undefined && isStillAhead(refused.until, this.#options.clock.now(), REFUSED_MS)) {
      throw refused.error
    }
    const running = this.#inFlight.get(key) ?? this.#renew(key, asked)
    try {
      return bearerOf(await untilAborted(running, signal))
    } catch (error) {
      throw signal.aborted ? new TokenOverdue('no token yet', { cause: error }) : error
    }
  }

  /** Has a deadline of its own and no caller's signal: whoever leaves, the others still wait for it. */
  #renew(key: string, asked: TokenRequest): Promise<string> {
    const askedAt = this.#options.clock.now()
    const { gate } = this.#options
    const request = () => requestToken(asked, this.#options)
    const running = (gate === undefined ? request() : gate.run(request))
      .then(({ token, lifetimeMs }) => {
        this.#tokens.set(key, { token, renewAt: askedAt + renewAfter(lifetimeMs) })
        this.#refused.delete(key)
        return token
      })
      .catch((error: unknown) => {
        const isLogin = asked.credential !== undefined
        if (isLogin && error instanceof UpstreamError && error.code === 'denied') {
          this.#refused.set(key, { error, until: askedAt + REFUSED_MS })
        }
        throw error
      })
      .finally(() => this.#inFlight.delete(key))
    this.#inFlight.set(key, running)
    return running
  }
}

/** At four fifths of the lifetime or ten seconds before its end; a very short one is used for its half. */
export function renewAfter(lifetimeMs: number): number {
  return Math.max(lifetimeMs / 2, Math.min(lifetimeMs * 0.8, lifetimeMs - RENEW_BEFORE_EXPIRY_MS))
}

function keyOf({ credential, scope, realm, service }: TokenRequest): string {
  return JSON.stringify([credential?.id ?? null, scope, realm.href, service ?? null])
}

function bearerOf(token: string): string {
  return `Bearer ${token}`
}

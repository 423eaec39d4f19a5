import { randomUUID } from 'node:crypto'
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { SIGNING_ALGORITHM, type SigningKeys } from './signing-keys.ts'
import { TOKEN_LIFETIME_MS } from './token-lifetime.ts'

/** Whom a token names: a credential by its id, or nobody. */
export const ANONYMOUS_SUBJECT = 'anonymous'

/** The service that clients ask tokens for, as GitLab calls it. */
export const TOKEN_SERVICE = 'dependency_proxy'

const ISSUER = 'entrepot'

/** The longest token that is looked at; ours have 400 characters. */
const MAX_TOKEN_LENGTH = 2_048
const MAX_VERIFIED = 20_000
/** Of the signature: as good as random, and quicker to look up than a whole token. */
const INDEX_LENGTH = 32

export interface IssuedToken {
  readonly token: string
  readonly issuedAt: number
  readonly expiresAt: number
}

interface Claims {
  readonly subject: string
  /** Milliseconds since the epoch, both. */
  readonly notBefore: number
  readonly expiresAt: number
}

interface VerifiedToken extends Claims {
  readonly token: string
}

/** Signs and verifies the tokens that clients get at /jwt/auth (RFC 7519; distribution's "Token Authentication"). */
export class Tokens {
  readonly #keys: SigningKeys
  readonly #clock: Clock
  /** By how they end; tokens that end alike take each other's place. */
  readonly #verified = new LRUCache<string, VerifiedToken>({ max: MAX_VERIFIED })

  constructor(keys: SigningKeys, clock: Clock) {
    this.#keys = keys
    this.#clock = clock
  }

  /**
   * @param subject a credential's id, or ANONYMOUS_SUBJECT
   * @param endsAt when the credential ends: its tokens end no later
   */
  async issue(subject: string, endsAt: number = Infinity): Promise<IssuedToken> {
    const issuedAt = this.#clock.now()
    const expiresAt = Math.min(issuedAt + TOKEN_LIFETIME_MS, endsAt)
    const { id, privateKey } = this.#keys.current()
    const token = await new SignJWT()
      .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: id, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setSubject(subject)
      .setAudience(TOKEN_SERVICE)
      .setIssuedAt(seconds(issuedAt))
      .setNotBefore(seconds(issuedAt))
      .setExpirationTime(seconds(expiresAt))
      .setJti(randomUUID())
      .sign(privateKey)
    // Who asked for it shows it next: what was signed here needs no verifying.
    const claims = { subject, notBefore: wholeSeconds(issuedAt), expiresAt: wholeSeconds(expiresAt) }
    this.#remember(token, claims)
    return { token, issuedAt, expiresAt }
  }

  /**
   * Whom a token names that was signed here, or verified before. Undefined says nothing: often pulled images need no
   * signature.
   */
  peek(token: string): string | undefined {
    const known = this.#known(token)
    return known !== undefined && this.#isCurrent(known) ? known.subject : undefined
  }

  /** Whom a token names; undefined for one that is not ours, was changed, has ended or has not begun. */
  async verify(token: string): Promise<string | undefined> {
    const known = this.#known(token)
    if (known !== undefined) return this.#isCurrent(known) ? known.subject : undefined
    if (token.length > MAX_TOKEN_LENGTH) return undefined
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#keyOf(kid), {
        algorithms: [SIGNING_ALGORITHM],
        issuer: ISSUER,
        audience: TOKEN_SERVICE,
        // Refuses a token from the future too, which nbf alone would let begin.
        maxTokenAge: TOKEN_LIFETIME_MS / 1000,
        requiredClaims: ['sub', 'exp', 'nbf', 'iat', 'jti'],
        currentDate: new Date(this.#clock.now()),
      })
      const claims = readClaims(payload)
      this.#remember(token, claims)
      return claims.subject
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }

  #remember(token: string, claims: Claims): void {
    this.#verified.set(token.slice(-INDEX_LENGTH), { token, ...claims })
  }

  #known(token: string): VerifiedToken | undefined {
    const known = this.#verified.get(token.slice(-INDEX_LENGTH))
    return known?.token === token ? known : undefined
  }

  #keyOf(kid: string | undefined): ReturnType<SigningKeys['current']>['privateKey'] {
    const key = kid === undefined ? undefined : this.#keys.get(kid)
    if (key === undefined) throw new errors.JWKSNoMatchingKey()
    return key
  }

  #isCurrent({ notBefore, expiresAt }: Claims): boolean {
    const now = this.#clock.now()
    return notBefore <= now && now < expiresAt
  }
}

function readClaims({ sub = '', nbf = 0, exp = 0 }: JWTPayload): Claims {
  return { subject: sub, notBefore: nbf * 1000, expiresAt: exp * 1000 }
}

/** As the claims have it. */
function wholeSeconds(ms: number): number {
  return seconds(ms) * 1000
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

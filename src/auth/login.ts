import type { Audit } from './audit.ts'
import { readAuthorization } from './authorization.ts'
import type { Credential } from './credential.ts'
import type { Credentials, Refusal } from './credentials.ts'
import type { LoginLimit } from './login-limit.ts'
import { ANONYMOUS_SUBJECT, type Tokens } from './tokens.ts'

/** Who asks: a credential of ours, or nobody in particular. */
export interface Principal {
  readonly credential: Credential | undefined
}

/** Who showed the secret of a credential. */
export interface Owner extends Principal {
  readonly credential: Credential
}

/** Why what was shown opens nothing. `token`: it is none of ours, has ended, or its credential has. */
export interface NotLoggedIn {
  readonly refused: Refusal | 'malformed' | 'token'
  /** What it said of itself: a credential's id. */
  readonly claimed: string | undefined
}

const NOBODY: Principal = { credential: undefined }

export interface LoginParts {
  readonly credentials: Credentials
  readonly tokens: Tokens
  readonly limit: LoginLimit
  readonly audit: Audit
}

/** Tells from what was shown who asks. */
export class Login {
  readonly #parts: LoginParts

  constructor(parts: LoginParts) {
    this.#parts = parts
  }

  /** From memory alone, for tokens that were verified before; undefined says nothing. */
  peek(header: string): Principal | undefined {
    if (!header.startsWith('Bearer ')) return undefined
    const { tokens, credentials } = this.#parts
    const subject = tokens.peek(header.slice('Bearer '.length))
    if (subject === undefined) return undefined
    if (subject === ANONYMOUS_SUBJECT) return NOBODY
    const credential = credentials.get(subject)
    return credential && { credential }
  }

  /** @param header Authorization */
  async identify(header: string): Promise<Principal | NotLoggedIn> {
    const read = readAuthorization(header)
    if (read === undefined) return { refused: 'malformed', claimed: undefined }
    return read.scheme === 'basic' ? this.identifySecret(read.password) : this.#identifyToken(read.token)
  }

  /** A secret as it was given out. The user name beside it says nothing. */
  identifySecret(secret: string): Owner | NotLoggedIn {
    const authenticated = this.#parts.credentials.authenticate(secret)
    if ('credential' in authenticated) return authenticated
    return { refused: authenticated.refused, claimed: authenticated.id }
  }

  /**
   * As `identifySecret`, shown as a password or in the place of a token. What /jwt/auth gives out opens pulls alone,
   * and is none.
   * @param header Authorization
   */
  identifyOwner(header: string): Owner | NotLoggedIn {
    const read = readAuthorization(header)
    if (read === undefined) return { refused: 'malformed', claimed: undefined }
    return this.identifySecret(read.scheme === 'basic' ? read.password : read.token)
  }

  /**
   * Takes note of a login that failed.
   * @param address of the client, by which failures are counted
   * @returns how long to stay away, in milliseconds, once there were too many
   */
  fail(address: string, { refused, claimed }: NotLoggedIn): number | undefined {
    const { limit, audit } = this.#parts
    const retryAfterMs = limit.fail(address, claimed)
    // Who goes on guessing would fill the log with it.
    if (retryAfterMs === undefined) {
      audit.record({ from: address, credentialId: claimed }, { event: 'login.refused', reason: refused })
    }
    return retryAfterMs
  }

  async #identifyToken(token: string): Promise<Principal | NotLoggedIn> {
    const { tokens, credentials } = this.#parts
    const subject = await tokens.verify(token)
    if (subject === ANONYMOUS_SUBJECT) return NOBODY
    const credential = subject === undefined ? undefined : credentials.get(subject)
    return credential === undefined ? { refused: 'token', claimed: subject } : { credential }
  }
}

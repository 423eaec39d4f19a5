import { randomUUID } from 'node:crypto'
import { type ExchangeOptions, type Refusal, ScriptedExchange } from './exchange.ts'
import type { FaultRule } from './faults.ts'
import { jsonReply, type Reply } from './reply.ts'
import type { LoggedRequest, RequestLog } from './request-log.ts'

export interface TokenServerOptions extends ExchangeOptions {
  /** Name to password. */
  readonly users?: Readonly<Record<string, string>>
  /** Repositories that anyone may pull; `all` for every one. Default `all`. */
  readonly anonymous?: 'all' | readonly string[]
  /** Who may pull what, when the defaults (users everything, others the anonymous list) are not enough. */
  readonly access?: (user: string | undefined, repository: string) => boolean
  /** `expires_in` of the reply and real lifetime; undefined leaves the field out (60 s). Default 300. */
  readonly ttlSeconds?: number | undefined
  /** Which field carries the token. Default both. */
  readonly field?: 'token' | 'access_token' | 'both'
  /** Milliseconds since the epoch; default the real time. */
  readonly now?: () => number
}

interface Grant {
  readonly user: string | undefined
  readonly repositories: ReadonlySet<string>
  readonly expiresAt: number
}

/** A token server of the distribution specification (GET with Basic or without), with log and faults. */
export class ScriptedTokenServer {
  /** May be changed while it runs. */
  options: TokenServerOptions
  readonly #exchange: ScriptedExchange
  readonly #grants = new Map<string, Grant>()

  constructor(options: TokenServerOptions = {}) {
    this.options = options
    this.#exchange = new ScriptedExchange((request) => this.#respond(request), options)
  }

  /** Where clients ask for tokens. */
  get realm(): string {
    return `${this.#exchange.url}/token`
  }

  get url(): string {
    return this.#exchange.url
  }

  get log(): RequestLog {
    return this.#exchange.log
  }

  get requests(): readonly LoggedRequest[] {
    return this.#exchange.log.requests
  }

  get connectionCount(): number {
    return this.#exchange.connectionCount
  }

  fault(rule: FaultRule): () => void {
    return this.#exchange.fault(rule)
  }

  clearFaults(): void {
    this.#exchange.faults.clear()
  }

  start(): Promise<void> {
    return this.#exchange.start()
  }

  stop(): Promise<void> {
    return this.#exchange.stop()
  }

  /** Makes every token issued so far worthless. */
  revokeTokens(): void {
    this.#grants.clear()
  }

  /** Does this bearer token let its holder pull from the repository now? */
  admits(token: string, repository: string | undefined): boolean {
    const grant = this.#grants.get(token)
    if (grant === undefined || grant.expiresAt <= this.#now()) return false
    return repository === undefined || grant.repositories.has(repository)
  }

  #now(): number {
    return (this.options.now ?? Date.now)()
  }

  #respond(request: LoggedRequest): Reply | Refusal {
    if (request.path !== '/token') return jsonReply(404, { details: 'no such page' })
    const user = this.#userOf(request.headers.authorization)
    if (user === 'unknown') return jsonReply(401, { details: 'incorrect username or password' })
    const { ttlSeconds, field = 'both' } = this.options
    const lifetime = 'ttlSeconds' in this.options ? ttlSeconds : 300
    const token = `${user?.name ?? 'anonymous'}.${randomUUID()}`
    const asked = request.query
      .getAll('scope')
      .map(repositoryOf)
      .filter((name) => name !== undefined)
    this.#grants.set(token, {
      user: user?.name,
      repositories: new Set(asked.filter((repository) => this.#mayPull(user?.name, repository))),
      expiresAt: this.#now() + (lifetime ?? 60) * 1_000,
    })
    return jsonReply(200, {
      ...(field === 'access_token' ? {} : { token }),
      ...(field === 'token' ? {} : { access_token: token }),
      ...(lifetime === undefined ? {} : { expires_in: lifetime }),
    })
  }

  #userOf(header: string | undefined): { name: string } | undefined | 'unknown' {
    if (header === undefined) return undefined
    const name = checkBasic(header, this.options.users ?? {})
    return name === undefined ? 'unknown' : { name }
  }

  #mayPull(user: string | undefined, repository: string): boolean {
    const { access, anonymous = 'all' } = this.options
    if (access !== undefined) return access(user, repository)
    return user !== undefined || anonymous === 'all' || anonymous.includes(repository)
  }
}

/** The name of the user whose Basic credentials these are. */
export function checkBasic(header: string, users: Readonly<Record<string, string>>): string | undefined {
  const [scheme, encoded] = header.split(' ')
  if (scheme?.toLowerCase() !== 'basic' || encoded === undefined) return undefined
  const decoded = Buffer.from(encoded, 'base64').toString()
  const colon = decoded.indexOf(':')
  const name = decoded.slice(0, colon)
  return Object.hasOwn(users, name) && users[name] === decoded.slice(colon + 1) ? name : undefined
}

function repositoryOf(scope: string): string | undefined {
  return /^repository:(.+):[a-z,*]+$/.exec(scope)?.[1]
}

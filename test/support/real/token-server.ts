import { randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Certificate, makeCertificate } from './certificate.ts'
import { type Cleanups, startWith } from './cleanups.ts'
import { scratchDir } from './scratch-dir.ts'
import { grantedAccess, type TokenUser } from './token-access.ts'

export interface TokenServerOptions {
  readonly users?: Readonly<Record<string, TokenUser>>
  /** Repositories that anyone may pull; default none. */
  readonly anonymous?: readonly string[]
  readonly ttlSeconds?: number
  /** Default 127.0.0.1, which an engine in its own network cannot see. */
  readonly host?: string
}

/** One request as the server saw it; secrets are left out. */
export interface TokenRequest {
  readonly method: string
  readonly scopes: readonly string[]
  /** Empty when nobody is named. */
  readonly user: string
  readonly status: number
}

export const TOKEN_ISSUER = 'entrepot-test-issuer'
export const TOKEN_SERVICE = 'entrepot-test-registry'

/**
 * The token endpoint of a registry: GET with Basic or without, and the OAuth2 POST with a password or a
 * refresh token. Its RS256 tokens carry the certificate (x5c) that docker-registry checks.
 * Source: distribution, docs/spec/auth/{token,oauth,jwt}.md.
 */
export class TokenServer implements AsyncDisposable {
  readonly requests: TokenRequest[] = []
  readonly #options: TokenServerOptions
  readonly #certificate: Certificate
  readonly #cleanups: Cleanups
  #server: Server | undefined
  #port = 0

  constructor(options: TokenServerOptions, certificate: Certificate, cleanups: Cleanups) {
    this.#options = options
    this.#certificate = certificate
    this.#cleanups = cleanups
  }

  get realm(): string {
    return `http://${this.#host}:${this.#port}/token`
  }

  get certificatePath(): string {
    return this.#certificate.certificatePath
  }

  /** Listens; after a stop, on the port it had. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
    server.listen(this.#port, this.#host)
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Ends open connections too. Safe to call twice. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.#cleanups[Symbol.asyncDispose]()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isPost = request.method === 'POST'
    const query = new URL(request.url ?? '/', 'http://token').searchParams
    const parameters = isPost ? new URLSearchParams(await text(request)) : query
    const [user, password] = isPost ? formCredentials(parameters) : basicCredentials(request)
    const known = this.#options.users?.[user]
    const refused = user !== '' && (known === undefined || known.password !== password)
    const status = refused ? 401 : 200
    const scopes = parameters.getAll('scope')
    this.requests.push({ method: request.method ?? '', scopes, user, status })
    response.writeHead(status, { 'content-type': 'application/json' })
    if (refused) {
      response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'bad credentials' }] }))
      return
    }
    const own = known?.repositories ?? []
    const access = grantedAccess(scopes, own, this.#options.anonymous ?? [])
    const token = this.#sign({ sub: user, aud: parameters.get('service') ?? '', access })
    const wantsRefresh =
      parameters.get('offline_token') === 'true' || parameters.get('access_type') === 'offline'
    const refresh = wantsRefresh ? { refresh_token: encodePair(user, password) } : {}
    const lifetime = { expires_in: this.#ttlSeconds, issued_at: new Date().toISOString() }
    response.end(JSON.stringify({ token, access_token: token, ...lifetime, ...refresh }))
  }

  get #host(): string {
    return this.#options.host ?? '127.0.0.1'
  }

  get #ttlSeconds(): number {
    return this.#options.ttlSeconds ?? 60
  }

  #sign(claims: object): string {
    const now = Math.floor(Date.now() / 1000)
    const times = { iat: now, nbf: now - 5, exp: now + this.#ttlSeconds }
    const header = base64Json({ typ: 'JWT', alg: 'RS256', x5c: [this.#certificate.x5c] })
    const payload = base64Json({ iss: TOKEN_ISSUER, jti: randomUUID(), ...times, ...claims })
    const signature = sign('sha256', Buffer.from(`${header}.${payload}`), this.#certificate.privateKey)
    return `${header}.${payload}.${signature.toString('base64url')}`
  }
}

export function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  return startWith(async (cleanups) => {
    const certificate = await makeCertificate(await scratchDir('tokens', cleanups))
    const server = new TokenServer(options, certificate, cleanups)
    await server.start()
    return server
  })
}

function base64Json(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function encodePair(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64')
}

function decodePair(encoded: string): [user: string, password: string] {
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':')
  return [user, password.join(':')]
}

function basicCredentials(request: IncomingMessage): [user: string, password: string] {
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ')
  return scheme?.toLowerCase() === 'basic' ? decodePair(encoded) : ['', '']
}

function formCredentials(form: URLSearchParams): [user: string, password: string] {
  if (form.get('grant_type') === 'refresh_token') return decodePair(form.get('refresh_token') ?? '')
  return [form.get('username') ?? '', form.get('password') ?? '']
}

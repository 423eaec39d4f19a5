import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { readCgiHead } from './cgi-head.ts'
import { LfsEndpoint } from './lfs-endpoint.ts'

export interface GitServerOptions {
  /** A folder with bare repositories in it: `acme/shop.git`. */
  readonly root: string
  /** Address to listen on. */
  readonly host?: string
  /** Whoever has it may read everything. */
  readonly token: string
  /** Serves https; with `requestCert` those alone who show a certificate of `ca`. */
  readonly tls?: Pick<ServerOptions, 'key' | 'cert' | 'ca' | 'requestCert'>
}

/** Serves git repositories by HTTP, by git's own program for that, and large files, to those who have the token. */
export class GitServer implements AsyncDisposable {
  readonly #server: Server
  readonly #options: GitServerOptions
  /** Of all its repositories. */
  readonly lfs = new LfsEndpoint()
  /** `GET /acme/shop.git/info/refs`, of all that was asked with the right token. */
  readonly served: string[] = []
  /** How many requests had to be sent away. */
  refused = 0

  constructor(options: GitServerOptions) {
    this.#options = options
    const { tls } = options
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      void this.#answer(request, response)
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer)
  }

  async start(): Promise<void> {
    this.#server.listen(0, this.#options.host ?? '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** `http://127.0.0.1:PORT` */
  get origin(): string {
    const { address, port } = this.#server.address() as AddressInfo
    return `${this.#options.tls === undefined ? 'http' : 'https'}://${address}:${port}`
  }

  /** As a server sends it to a runner. */
  repoUrl(path: string, token = this.#options.token): string {
    return `${this.origin.replace('//', `//gitlab-ci-token:${token}@`)}/${path}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const login = Buffer.from(`gitlab-ci-token:${this.#options.token}`).toString('base64')
    if (request.headers.authorization !== `Basic ${login}`) {
      this.refused++
      request.resume()
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('HTTP Basic: Access denied')
      return
    }
    const url = new URL(request.url ?? '/', this.origin)
    const { pathname, search } = url
    this.served.push(`${request.method} ${pathname}`)
    if (await this.lfs.answer(request, response, url)) return
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env.PATH ?? '/usr/bin:/bin',
        GIT_PROJECT_ROOT: this.#options.root,
        GIT_HTTP_EXPORT_ALL: '1',
        // A server lets old commits be asked for, and parts of the objects, as GitLab's does.
        GIT_CONFIG_COUNT: '2',
        GIT_CONFIG_KEY_0: 'uploadpack.allowAnySHA1InWant',
        GIT_CONFIG_VALUE_0: 'true',
        GIT_CONFIG_KEY_1: 'uploadpack.allowFilter',
        GIT_CONFIG_VALUE_1: 'true',
        REQUEST_METHOD: request.method ?? 'GET',
        PATH_INFO: decodeURIComponent(pathname),
        QUERY_STRING: search.slice(1),
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REMOTE_USER: 'gitlab-ci-token',
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    // A backend that has its answer does not read on.
    const asked = pipeline(request, child.stdin).catch(() => undefined)
    const { status, headers, rest } = await readCgiHead(child.stdout)
    response.writeHead(status, headers)
    response.write(rest)
    // A client that leaves is no trouble of the server's.
    await pipeline(child.stdout, response).catch(() => child.kill())
    await asked
  }
}

export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const server = new GitServer(options)
  await server.start()
  return server
}

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { type AccessLogEntry, parseAccessLogLine } from './access-log.ts'
import { Cleanups, startWith } from './cleanups.ts'
import { requireProgram } from './component.ts'
import { Daemon } from './daemon.ts'
import { type ImageName, pushImages } from './images.ts'
import { runCommand } from './run-command.ts'
import { scratchDir } from './scratch-dir.ts'
import { TOKEN_ISSUER, TOKEN_SERVICE, type TokenServer } from './token-server.ts'

export interface DockerRegistryOptions {
  /** Pushed before the registry takes its first request, so they are in no log and need no credentials. */
  readonly images?: readonly ImageName[]
  /** Who gets in; default everyone. `users` (name to password) is htpasswd. */
  readonly auth?: { readonly users: Readonly<Record<string, string>> } | { readonly tokens: TokenServer }
  /** Makes it a pull-through proxy of this registry. */
  readonly remoteUrl?: string
  /** Default 127.0.0.1, which an engine in its own network cannot see. */
  readonly host?: string
}

/**
 * CNCF docker-registry with storage of its own. It may be stopped and started again: same port, same data,
 * and the log goes on.
 */
export class DockerRegistry implements AsyncDisposable {
  readonly #dir: string
  readonly #host: string
  readonly #settings: object
  readonly #cleanups: Cleanups
  readonly #earlierLines: string[] = []
  #forgotten = 0
  #port = 0
  #daemon: Daemon | undefined

  constructor(dir: string, host: string, settings: object, cleanups: Cleanups) {
    this.#dir = dir
    this.#host = host
    this.#settings = settings
    this.#cleanups = cleanups
  }

  /** `127.0.0.1:40001`. */
  get address(): string {
    return `${this.#host}:${this.#port}`
  }

  get url(): string {
    return `http://${this.address}`
  }

  /** Requests since the start or since the last forgetRequests(), in the order their replies ended. */
  get requests(): readonly AccessLogEntry[] {
    return this.#allRequests().slice(this.#forgotten)
  }

  forgetRequests(): void {
    this.#forgotten = this.#allRequests().length
  }

  async start(): Promise<void> {
    const configPath = join(this.#dir, 'config.yml')
    const config = {
      version: 0.1,
      log: { level: 'info' },
      storage: { filesystem: { rootdirectory: join(this.#dir, 'data') }, delete: { enabled: true } },
      http: { addr: this.address, secret: 'the same for every start' },
      ...this.#settings,
    }
    await writeFile(configPath, dump(config))
    const daemon = new Daemon({ file: requireProgram('docker-registry'), args: ['serve', configPath] })
    this.#daemon = daemon
    const listening = await daemon.waitForLine((line) => line.includes('msg="listening on '))
    this.#port = Number(/listening on [^"]*:(\d+)"/.exec(listening)?.[1])
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    const daemon = this.#daemon
    if (daemon === undefined) return
    await daemon.stop()
    this.#daemon = undefined
    this.#earlierLines.push(...daemon.lines)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.#cleanups[Symbol.asyncDispose]()
  }

  #allRequests(): AccessLogEntry[] {
    const lines = [...this.#earlierLines, ...(this.#daemon?.lines ?? [])]
    return lines.flatMap((line) => parseAccessLogLine(line) ?? [])
  }
}

export function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  return startWith(async (cleanups) => {
    const host = options.host ?? '127.0.0.1'
    const dir = await scratchDir('registry', cleanups)
    await mkdir(join(dir, 'data'))
    if (options.images !== undefined) await seed(dir, options.images)
    const settings = { ...(await authSettings(options.auth, dir)), ...proxySettings(options.remoteUrl) }
    const registry = new DockerRegistry(dir, host, settings, cleanups)
    await registry.start()
    return registry
  })
}

/** Pushes through a passing registry that lets everyone in. */
async function seed(dir: string, images: readonly ImageName[]): Promise<void> {
  await using open = new DockerRegistry(dir, '127.0.0.1', {}, new Cleanups())
  await open.start()
  await pushImages(open.url, images)
}

async function authSettings(auth: DockerRegistryOptions['auth'], dir: string): Promise<object> {
  if (auth === undefined) return {}
  if ('tokens' in auth) {
    const { realm, certificatePath: rootcertbundle } = auth.tokens
    return { auth: { token: { realm, service: TOKEN_SERVICE, issuer: TOKEN_ISSUER, rootcertbundle } } }
  }
  const path = join(dir, 'htpasswd')
  const lines: string[] = []
  for (const [user, password] of Object.entries(auth.users)) {
    lines.push(await runCommand(requireProgram('htpasswd'), ['-niB', '-C', '5', user], { input: password }))
  }
  await writeFile(path, lines.map((line) => line.trim()).join('\n'))
  return { auth: { htpasswd: { realm: 'test registry', path } } }
}

function proxySettings(remoteUrl: string | undefined): object {
  return remoteUrl === undefined ? {} : { proxy: { remoteurl: remoteUrl } }
}

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cleanups, startWith } from './cleanups.ts'
import { requireProgram } from './component.ts'
import { Daemon } from './daemon.ts'
import { createEngineNetwork, type EngineNetwork } from './engine-network.ts'
import { type CommandOptions, runCommand } from './run-command.ts'
import { scratchDir } from './scratch-dir.ts'

export interface EngineOptions {
  /** Made before the engine when a mirror has to listen in it; the caller disposes it. Default: one of its own. */
  readonly network?: EngineNetwork
  readonly registryMirrors?: readonly string[]
  /** Further ones of dockerd. */
  readonly flags?: readonly string[]
}

export interface DockerOptions extends CommandOptions {
  /** The path of the client; default the first on PATH. */
  readonly program?: string
}

/** A Docker Engine of the test's own, in its own network namespace, with its own images and client settings. */
export class Engine implements AsyncDisposable {
  readonly network: EngineNetwork
  readonly #dir: string
  readonly #start: () => Promise<Daemon>
  readonly #cleanups: Cleanups
  #daemon: Daemon

  constructor(
    network: EngineNetwork,
    dir: string,
    { daemon, start }: { daemon: Daemon; start: () => Promise<Daemon> },
    cleanups: Cleanups,
  ) {
    this.network = network
    this.#dir = dir
    this.#daemon = daemon
    this.#start = start
    this.#cleanups = cleanups
  }

  /** Servers that the engine shall reach listen on this address. */
  get hostAddress(): string {
    return this.network.hostAddress
  }

  /** For DOCKER_HOST. */
  get endpoint(): string {
    return `unix://${this.#dir}/docker.sock`
  }

  get logLines(): readonly string[] {
    return this.#daemon.lines
  }

  /** Runs the docker CLI against this engine; resolves with what it printed. Errors: CommandFailed. */
  docker(...args: string[]): Promise<string> {
    return this.#docker(args, {})
  }

  /** As `docker`, with another client, another deadline, or more in its environment. */
  dockerWith({ program, ...options }: DockerOptions, ...args: string[]): Promise<string> {
    return this.#docker(args, options, program)
  }

  async login(registry: string, user: string, password: string): Promise<void> {
    await this.#docker(['login', '--username', user, '--password-stdin', registry], { input: password })
  }

  /** The digest that the engine knows the image by in its repository: what `pull` by tag ended at. */
  async imageDigest(reference: string): Promise<string> {
    const format = '{{index .RepoDigests 0}}'
    const name = await this.docker('image', 'inspect', '--format', format, reference)
    return name.trim().replace(/^.*@/, '')
  }

  /** Leaves no image and no layer behind. Containers must be gone. */
  async removeAllImages(): Promise<void> {
    const ids = (await this.docker('image', 'ls', '--all', '--quiet', '--no-trunc')).split('\n')
    const unique = [...new Set(ids.filter((id) => id !== ''))]
    if (unique.length > 0) await this.docker('image', 'rm', '--force', ...unique)
  }

  /** Stops it, with all of its containers, and starts it again: as an upgrade does. */
  async restart(): Promise<void> {
    await this.#daemon.stop()
    this.#daemon = await this.#start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }

  #docker(args: readonly string[], options: CommandOptions, program = requireProgram('docker')) {
    const env = { ...options.env, DOCKER_HOST: this.endpoint, DOCKER_CONFIG: join(this.#dir, 'client') }
    return runCommand(program, args, { timeoutMs: 90_000, ...options, env })
  }
}

/**
 * In the engine's mount namespace: a resolver that answers at once (nothing listens there, and it says so;
 * without it each lookup waits ten seconds), and no view of the host engine's containerd, settings and key.
 */
const ENTER = `
mount --bind "$1" /etc/resolv.conf
mkdir -p /run/containerd /etc/docker
mount -t tmpfs tmpfs /run/containerd
mount -t tmpfs tmpfs /etc/docker
shift
exec "$@"`

export function startEngine(options: EngineOptions = {}): Promise<Engine> {
  return startWith(async (cleanups) => {
    const network = options.network ?? cleanups.use(await createEngineNetwork())
    const dir = await scratchDir('engine', cleanups)
    await mkdir(join(dir, 'client'))
    const resolver = join(dir, 'resolv.conf')
    await writeFile(resolver, `nameserver ${network.hostAddress}\noptions timeout:1 attempts:1\n`)
    await writeFile(join(dir, 'daemon.json'), '{}')
    const dockerd = [
      requireProgram('dockerd'),
      ...['--config-file', join(dir, 'daemon.json'), '--host', `unix://${dir}/docker.sock`],
      ...['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec'), '--pidfile', join(dir, 'pid')],
      ...['--insecure-registry', network.subnet, '--dns', network.hostAddress],
      ...(options.registryMirrors ?? []).flatMap((url) => ['--registry-mirror', url]),
      ...(options.flags ?? []),
    ]
    const inNamespaces = [
      `--net=/run/netns/${network.namespace}`,
      'unshare',
      '--mount',
      '--propagation',
      'slave',
    ]
    const args = [...inNamespaces, 'sh', '-euc', ENTER, 'sh', resolver, ...dockerd]
    const start = async () => {
      const daemon = cleanups.use(new Daemon({ file: 'nsenter', args }))
      await daemon.waitForLine((line) => line.includes('API listen on'))
      return daemon
    }
    return new Engine(network, dir, { daemon: await start(), start }, cleanups)
  })
}

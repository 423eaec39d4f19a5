import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { systemClock } from '../../../src/clock.ts'
import { readRunnerFile } from '../../../src/executor/config/read-runner-file.ts'
import { DockerImageEngine } from '../../../src/executor/docker/docker-image-engine.ts'
import { openDocker } from '../../../src/executor/docker/engine-address.ts'
import {
  EngineImageResolver,
  type ImageResolverParts,
} from '../../../src/executor/images/engine-image-resolver.ts'
import { FilePullProofs } from '../../../src/executor/images/file-pull-proofs.ts'
import type {
  ImageRequest,
  ImageRole,
  JobImages,
  PreparedImage,
} from '../../../src/executor/images/image-resolver.ts'
import type { PullPolicy } from '../../../src/executor/job/job.ts'
import { HttpDependencyProxy } from '../../../src/executor/proxy/http-dependency-proxy.ts'
import { ProxyApi } from '../../../src/executor/proxy/proxy-api.ts'
import { issuedToken } from '../../../src/server/schemas/access.ts'
import { type Cleanups, startWith } from '../real/cleanups.ts'
import { type DockerRegistry, startDockerRegistry } from '../real/docker-registry.ts'
import { type Engine, startEngine } from '../real/engine.ts'
import { type EntrepotProcess, startEntrepot } from '../real/entrepot-process.ts'
import { scratchDir } from '../real/scratch-dir.ts'
import { startTokenServer } from '../real/token-server.ts'
import { RecordLog } from '../record-log.ts'
import { aJob, aVariable } from './a-job.ts'
import { CollectedTrace } from './collected-trace.ts'

/** Logins of jobs: a right one, a wrong one, one without the registry's port, and one in a helper program. */
export type StageLogin = 'alice' | 'mallory' | 'no-port' | 'helper'

export interface StageJobOptions {
  readonly login?: StageLogin | undefined
  /** The runner's; all of them are allowed. */
  readonly pullPolicies?: readonly PullPolicy[]
  /** Without the proxy. */
  readonly isDirect?: boolean
  /** The runner's, registry to mirror. */
  readonly mirrors?: Readonly<Record<string, string>>
}

interface StageParts {
  readonly engine: Engine
  readonly hub: DockerRegistry
  readonly secluded: DockerRegistry
  readonly entrepot: EntrepotProcess
  readonly api: Pick<ProxyApi, 'ask'>
  /** With docker-credential-stage in it. */
  readonly bin: string
}

/** An engine, Docker Hub's stand-in, a registry that asks for logins, and a server that caches both. */
export class ImageStage implements AsyncDisposable {
  readonly engine: Engine
  readonly #parts: StageParts
  readonly #cleanups: Cleanups
  readonly #imageEngine: DockerImageEngine
  #proofs: FilePullProofs | undefined

  constructor(parts: StageParts, cleanups: Cleanups) {
    this.engine = parts.engine
    this.#parts = parts
    this.#cleanups = cleanups
    const address = { host: parts.engine.endpoint, tlsCertPath: undefined, tlsVerify: false }
    this.#imageEngine = new DockerImageEngine(openDocker(address))
  }

  /** HOST:PORT of the registry that asks for logins. */
  get secludedRegistry(): string {
    return this.#parts.secluded.address
  }

  get secludedImage(): string {
    return `${this.secludedRegistry}/team/notes:v3`
  }

  async job({
    login,
    pullPolicies = ['always'],
    isDirect = false,
    mirrors = {},
  }: StageJobOptions): Promise<StageJob> {
    const { entrepot, api, bin } = this.#parts
    const { address } = entrepot
    await this.#proofs?.settle()
    // Each job is that of another process.
    const path = join(bin, 'pull-proofs.json')
    const proofs = await FilePullProofs.open({ path, clock: systemClock, log: new RecordLog() })
    this.#proofs = proofs
    const addresses = { engine: address, job: undefined, isJobSecure: false, api: [address] }
    const resolver = new EngineImageResolver({
      engine: this.#imageEngine,
      settings: settingsWith(this.engine, pullPolicies, mirrors),
      proxy: isDirect
        ? undefined
        : new HttpDependencyProxy({ api, addresses, hasMirrors: false, log: new RecordLog() }),
      group: undefined,
      homeDirectory: undefined,
      helpers: { env: { PATH: [bin, process.env.PATH].join(delimiter) } },
      proofs,
      clock: systemClock,
      random: () => 0,
    })
    const trace = new CollectedTrace()
    const variables =
      login === undefined ? [] : [aVariable('DOCKER_AUTH_CONFIG', authConfig(login, this.secludedRegistry))]
    const signal = AbortSignal.timeout(60_000)
    // The login of an image that the job names is one that the proxy is handed.
    const job = aJob(login === undefined ? 'busybox:1.35' : this.secludedImage)
    const images = await resolver.open({ job, variables, trace }, signal)
    this.#cleanups.defer(() => images.close())
    return new StageJob(images, trace)
  }

  /** All names on the engine, in their order. */
  async names(): Promise<string[]> {
    const told = await this.engine.docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')
    return told
      .split('\n')
      .filter((name) => name !== '')
      .sort()
  }

  async withoutSecludedRegistry(work: () => Promise<void>): Promise<void> {
    await this.#parts.secluded.stop()
    try {
      await work()
    } finally {
      await this.#parts.secluded.start()
    }
  }

  /** How often the registry that asks for logins was asked for anything. */
  async askedDuring(work: () => Promise<unknown>): Promise<number> {
    this.#parts.secluded.forgetRequests()
    await work()
    return this.#parts.secluded.requests.length
  }

  /** A registry that answers everything with one status. Resolves with its HOST:PORT. */
  brokenRegistry(status: number): Promise<string> {
    return this.#registry((_request, response) => response.writeHead(status).end())
  }

  /** A registry that has one manifest for every digest. Resolves with its HOST:PORT. */
  lyingRegistry(): Promise<string> {
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json'
    const part = { mediaType: 'application/octet-stream', size: 2, digest: `sha256:${'b'.repeat(64)}` }
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config: part, layers: [part] })
    return this.#registry((request, response) => {
      const isManifest = request.url?.includes('/manifests/') === true
      response.writeHead(200, isManifest ? { 'content-type': mediaType } : {})
      response.end(isManifest ? manifest : '{}')
    })
  }

  async #registry(listener: RequestListener): Promise<string> {
    const server = createServer(listener)
    server.listen(0, this.engine.hostAddress)
    await once(server, 'listening')
    this.#cleanups.defer(() => server.close())
    return `${this.engine.hostAddress}:${(server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }
}

export class StageJob {
  constructor(
    readonly images: JobImages,
    readonly trace: CollectedTrace,
  ) {}

  get lines(): string[] {
    return this.trace.lines.split('\n').slice(0, -1)
  }

  request(role: ImageRole, name: string, platform?: string): ImageRequest {
    return { role, name, isConfigured: false, pullPolicies: [], platform }
  }

  /** As the job's image. */
  async pull(name: string, platform?: string): Promise<PreparedImage> {
    const signal = AbortSignal.timeout(90_000)
    const images = await this.images.prepare([this.request('build', name, platform)], signal)
    const image = images.get('build')
    if (image === undefined) throw new Error('no image was prepared for the build')
    return image
  }
}

const USERS = { alice: { password: 's3cret', repositories: ['team/*'] } }

export function startImageStage(): Promise<ImageStage> {
  return startWith(async (cleanups) => {
    const engine = cleanups.use(await startEngine())
    const host = engine.hostAddress
    const tokens = cleanups.use(await startTokenServer({ host, users: USERS }))
    const hub = cleanups.use(await startDockerRegistry({ images: ['busybox', 'toolbox'] }))
    const secluded = cleanups.use(await startDockerRegistry({ host, auth: { tokens }, images: ['notes'] }))
    const upstreams = {
      'docker.io': hub.url,
      [secluded.address]: { url: secluded.url, alias: 'secluded', allowNetworks: [`${host}/32`] },
    }
    const entrepot = cleanups.use(await startEntrepot({ upstreams, listen: [`${host}:0`], isShared: true }))
    const token = await runnerToken(entrepot)
    const api = new ProxyApi({ kind: 'http', url: new URL(entrepot.url), token })
    cleanups.defer(() => api.close())
    const bin = await scratchDir('helpers', cleanups)
    await writeHelper(bin, secluded.address)
    return new ImageStage({ engine, hub, secluded, entrepot, api, bin }, cleanups)
  })
}

/** What an administrator gives to a runner. */
async function runnerToken({ storage }: EntrepotProcess): Promise<string> {
  const control = new ProxyApi({ kind: 'socket', path: join(storage, 'control.sock') })
  try {
    const order = { name: 'runner', role: 'runner', groups: ['default'], repositories: [] }
    const issued = issuedToken.parse(await control.ask('POST', '/api/v1/tokens/create', order))
    return issued.secret
  } finally {
    await control.close()
  }
}

async function writeHelper(bin: string, registry: string): Promise<void> {
  const path = join(bin, 'docker-credential-stage')
  const reply = JSON.stringify({ ServerURL: registry, Username: 'alice', Secret: USERS.alice.password })
  const script = `[ "$(cat)" = '${registry}' ] && echo '${reply}' || { echo credentials not found; exit 1; }`
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
}

function authConfig(login: StageLogin, registry: string): string {
  if (login === 'helper') return JSON.stringify({ credHelpers: { [registry]: 'stage' } })
  const password = login === 'mallory' ? 'guessed' : USERS.alice.password
  const key = login === 'no-port' ? registry.replace(/:\d+$/, '') : registry
  const auth = Buffer.from(`alice:${password}`).toString('base64')
  return JSON.stringify({ auths: { [key]: { auth } } })
}

function settingsWith(
  engine: Engine,
  policies: readonly PullPolicy[],
  mirrors: Readonly<Record<string, string>>,
): ImageResolverParts['settings'] {
  const list = JSON.stringify(policies)
  const table = Object.entries(mirrors).map(([registry, mirror]) => `"${registry}" = "${mirror}"\n`)
  const text = `[[runners]]\nexecutor = "docker"\n[runners.docker]\npull_policy = ${list}\n[runners.docker.mirrors]\n${table.join('')}`
  const file = readRunnerFile(text, { file: 'config.toml', dockerHost: engine.endpoint, env: {} })
  const settings = file.runners[0]?.docker
  if (settings === undefined) throw new Error('no [runners.docker] was read')
  return settings
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { dump } from 'js-yaml'
import { listLeft } from '../executor/engine-with-images.ts'
import { buildDist } from '../real/build-dist.ts'
import { startWith } from '../real/cleanups.ts'
import { startDockerRegistry } from '../real/docker-registry.ts'
import { type Engine, startEngine } from '../real/engine.ts'
import { createEngineNetwork } from '../real/engine-network.ts'
import type { ImageName } from '../real/images.ts'
import { LimitedRegistry } from '../real/limited-registry.ts'
import { scratchDir } from '../real/scratch-dir.ts'
import { ProjectRun } from './project-run.ts'

export interface ProjectPlaceOptions {
  /** What the upstream has. */
  readonly images: readonly ImageName[]
  /** Of the project, by path; all of them are committed. */
  readonly files: Readonly<Record<string, string>>
  /** The engine asks the upstream by itself where no cache is named; default false. */
  readonly hasMirror?: boolean
}

export interface RunPlace {
  /** Relative to the project; its top by default. */
  readonly from?: string
}

/** A project in git, on the machine of an engine: nothing says where a cache is, and none runs there yet. */
export class ProjectPlace implements AsyncDisposable {
  readonly engine: Engine
  /** What the cache pulls from. */
  readonly hub: LimitedRegistry
  readonly project: string
  readonly #dir: string
  readonly #program: string
  readonly #cleanups: AsyncDisposable

  private constructor(
    parts: { engine: Engine; hub: LimitedRegistry; dir: string; program: string },
    cleanups: AsyncDisposable,
  ) {
    this.engine = parts.engine
    this.hub = parts.hub
    this.project = join(parts.dir, 'shop')
    this.#dir = parts.dir
    this.#program = parts.program
    this.#cleanups = cleanups
  }

  static start({ images, files, hasMirror = false }: ProjectPlaceOptions): Promise<ProjectPlace> {
    return startWith(async (cleanups) => {
      const program = await buildDist()
      const dir = await scratchDir('pipeline', cleanups)
      const network = cleanups.use(await createEngineNetwork())
      const registry = cleanups.use(await startDockerRegistry({ images }))
      const hub = cleanups.use(await LimitedRegistry.start(registry.url, network.hostAddress))
      const engine = cleanups.use(await startEngine({ network, registryMirrors: hasMirror ? [hub.url] : [] }))
      const place = new ProjectPlace({ engine, hub, dir, program }, cleanups)
      cleanups.defer(() => place.stopServer())
      await place.useTagTtl('1h')
      for (const [path, text] of Object.entries(files)) await place.write(path, text)
      place.git('init', '--quiet', '--initial-branch=main')
      place.commit('First')
      return place
    })
  }

  /** Writes a file of the project. */
  async write(path: string, text: string): Promise<void> {
    const file = join(this.project, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }

  git(...args: readonly string[]): string {
    const env = { PATH: process.env.PATH, HOME: this.#dir }
    return execFileSync('git', args, { cwd: this.project, env, encoding: 'utf8' })
  }

  commit(message: string): void {
    this.git('add', '--all')
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
    this.git(...identity, 'commit', '--quiet', `--message=${message}`)
  }

  /** For how long a tag is not asked for again; for a cache that starts later. */
  async useTagTtl(tagTtl: string): Promise<void> {
    const upstream = { url: this.hub.url, tagTtl, allowNetworks: ['172.28.0.0/16'] }
    await writeFile(join(this.#dir, 'entrepot.yaml'), dump({ upstreams: { 'docker.io': upstream } }))
  }

  /** `entrepot run`, which prints for a person. */
  command(...args: readonly string[]): readonly string[] {
    const settings = ['--settings', join(this.#dir, 'entrepot.yaml')]
    const engine = ['--docker-host', this.engine.endpoint]
    return [process.execPath, this.#program, 'run', ...settings, ...engine, ...args]
  }

  begin(args: readonly string[], place: RunPlace = {}): ProjectRun {
    return new ProjectRun(this.spawn(this.command('--json', ...args), place))
  }

  /** To its end. */
  async run(
    args: readonly string[],
    place: RunPlace = {},
  ): Promise<ProjectRun & { readonly code: number | null }> {
    const run = this.begin(args, place)
    return Object.assign(run, { code: await run.end() })
  }

  /** As it prints for a person who has no terminal. */
  async print(args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }> {
    return await readOutput(this.spawn(this.command(...args)))
  }

  /** Starts a program on the machine of the engine. */
  spawn(command: readonly string[], { from = '' }: RunPlace = {}) {
    const env = { PATH: process.env.PATH, HOME: this.#dir, XDG_CACHE_HOME: join(this.#dir, 'caches') }
    const there = ['netns', 'exec', this.engine.network.namespace]
    return spawn('ip', [...there, ...command], { cwd: join(this.project, from), env })
  }

  /** Containers, networks and volumes of jobs that are still there. */
  left(): Promise<string[]> {
    return listLeft((...args) => this.engine.docker(...args), 'label=entrepot.executor.managed=true')
  }

  /** The cache that a run has started, if there is one; resolves when it is gone. */
  async stopServer(): Promise<void> {
    const pid = await this.#serverPid()
    if (pid === undefined || !isAlive(pid)) return
    process.kill(pid, 'SIGTERM')
    const giveUpAt = performance.now() + SERVER_STOP_TIMEOUT_MS
    while (isAlive(pid)) {
      if (performance.now() > giveUpAt) throw new Error(`the cache (pid ${pid}) does not stop`)
      await new Promise((resolve) => setTimeout(resolve, SERVER_STOP_POLL_MS))
    }
  }

  /** As on the first day: no cache, nothing in it, and no image. */
  async forget(): Promise<void> {
    await this.stopServer()
    await rm(join(this.#dir, 'caches'), { recursive: true, force: true })
    await this.engine.removeAllImages()
  }

  async #serverPid(): Promise<number | undefined> {
    const file = join(this.#dir, 'caches/entrepot/server.json')
    const text = await readFile(file, 'utf8').catch(() => undefined)
    return text === undefined ? undefined : (JSON.parse(text) as { readonly pid: number }).pid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }
}

/** Both streams, to the end. */
export async function readOutput(child: ChildProcess) {
  let out = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out }
}

const SERVER_STOP_TIMEOUT_MS = 40_000
const SERVER_STOP_POLL_MS = 50

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { Coordinator, type CoordinatorOptions } from '../coordinator/coordinator.ts'
import type { JobRecord } from '../coordinator/job-record.ts'
import { watchText } from '../secrets/watch.ts'
import { buildDist } from './build-dist.ts'
import { type Cleanups, startWith } from './cleanups.ts'
import { Daemon, type DaemonExit } from './daemon.ts'
import type { Engine } from './engine.ts'
import type { EntrepotProcess } from './entrepot-process.ts'
import { scratchDir } from './scratch-dir.ts'

export interface RunnerProgramOptions {
  readonly engine: Pick<Engine, 'endpoint'>
  readonly cache: Pick<EntrepotProcess, 'address' | 'storage'>
  readonly concurrent?: number
  /** For sources one with git; by default one without. */
  readonly helperImage?: string
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Lines of `[[runners]]`, and of the tables below it. */
  readonly toml?: Partial<Record<'runner' | 'docker' | 'entrepot', string>>
  /** In its home directory, by relative path. Those in `bin` are programs, and found by their name. */
  readonly files?: Readonly<Record<string, string>>
  /** Of the server that its jobs come from. */
  readonly server?: CoordinatorOptions
}

/** Jobs that run have this long to end. */
const STOP_TIMEOUT_MS = 60_000
const EXECUTABLE = 0o755

/** `entrepot runner run` as a child process, with one runner, and the server that its jobs come from. */
export class RunnerProgram implements AsyncDisposable {
  readonly server: Coordinator
  /** Its home directory: config.toml is there, and `caches` is its XDG_CACHE_HOME. */
  readonly home: string
  readonly #start: () => Daemon
  readonly #cleanups: Cleanups
  readonly #earlierLines: string[] = []
  #daemon: Daemon

  constructor(server: Coordinator, home: string, start: () => Daemon, cleanups: Cleanups) {
    this.server = server
    this.home = home
    this.#start = start
    this.#cleanups = cleanups
    this.#daemon = start()
  }

  get configFile(): string {
    return configFileIn(this.home)
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#daemon.pid
  }

  /** The log of every start so far. */
  get output(): string {
    return [...this.#earlierLines, ...this.#daemon.lines].join('\n')
  }

  /** Resolves when the runner has said how they ended. */
  async run(...payloads: readonly Readonly<Record<string, unknown>>[]): Promise<readonly JobRecord[]> {
    const jobs = payloads.map((payload) => this.server.addJob({ payload }))
    await this.isOver(...jobs)
    return jobs
  }

  /** Resolves when they have ended, for the server. */
  isOver(...jobs: readonly JobRecord[]): Promise<void> {
    return this.server.until(() => jobs.every((job) => job.isOver))
  }

  /** Resolves when a line of the log of this start has that event, past or future. */
  async seen(event: string): Promise<void> {
    await this.#daemon.waitForLine((line) => line.includes(`"event":"${event}"`))
  }

  send(signal: NodeJS.Signals): void {
    const { pid } = this
    if (pid === undefined) throw new Error('the runner has not started')
    process.kill(pid, signal)
  }

  /** Resolves when it has ended. */
  stop(signal: NodeJS.Signals): Promise<DaemonExit> {
    return this.#daemon.stop(signal, STOP_TIMEOUT_MS)
  }

  /** Starts it anew when it has ended, as whoever watches over a service does. */
  async restart(): Promise<void> {
    await this.#daemon.exited
    this.#earlierLines.push(...this.#daemon.lines)
    this.#daemon = this.#start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGTERM')
    watchText('the output of the runner', this.output)
    await this.#cleanups[Symbol.asyncDispose]()
  }
}

export function startRunnerProgram(options: RunnerProgramOptions): Promise<RunnerProgram> {
  const { cache, files = {} } = options
  return startWith(async (cleanups) => {
    const program = await buildDist()
    const home = await scratchDir('runner-home', cleanups)
    const server = cleanups.use(await Coordinator.start(options.server))
    server.trace = { ...server.trace, intervalSeconds: 0.2 }
    const config = configFileIn(home)
    await writeFile(config, configOf(server, options))
    for (const [name, text] of Object.entries(files)) {
      const path = join(home, name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text, { mode: name.startsWith('bin/') ? EXECUTABLE : 0o600 })
    }
    const env = {
      HOME: home,
      XDG_CACHE_HOME: join(home, 'caches'),
      PATH: `${join(home, 'bin')}${delimiter}${process.env.PATH}`,
      NO_PROXY: '*',
      ...options.env,
    }
    const args = ['runner', 'run', '--config', config, '--storage', cache.storage, '--log-format', 'json']
    const start = () => new Daemon({ file: process.execPath, args: [program, ...args], cwd: home, env })
    return new RunnerProgram(server, home, start, cleanups)
  })
}

function configFileIn(home: string): string {
  return join(home, 'config.toml')
}

function configOf(
  server: Coordinator,
  { engine, cache, concurrent = 2, helperImage = 'busybox:1.35', toml = {} }: RunnerProgramOptions,
): string {
  return `concurrent = ${concurrent}
check_interval = 1
shutdown_timeout = 20
[[runners]]
  name = "tests"
  url = "${server.url}"
  token = "${server.runners.create()}"
  executor = "docker"
  ${toml.runner ?? ''}
  [runners.docker]
    host = "${engine.endpoint}"
    image = "busybox:1.35"
    helper_image = "${helperImage}"
    pull_policy = "always"
    ${toml.docker ?? ''}
  [runners.entrepot]
    engine_address = "${cache.address}"
    job_address = "${cache.address}"
    ${toml.entrepot ?? ''}
`
}

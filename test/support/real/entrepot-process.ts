import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { dump } from 'js-yaml'
import { onTestFailed } from 'vitest'
import { watchStorage, watchText } from '../secrets/watch.ts'
import { buildDist } from './build-dist.ts'
import { type Cleanups, startWith } from './cleanups.ts'
import { Daemon, type DaemonExit } from './daemon.ts'
import type { EngineNetwork } from './engine-network.ts'
import { scratchDir } from './scratch-dir.ts'

export interface EntrepotOptions {
  /** By name: the URL, or the whole section of the settings file. */
  readonly upstreams: Readonly<Record<string, string | object>>
  /** Default: one free port on 127.0.0.1. A port 0 keeps the number it got over restarts. */
  readonly listen?: readonly string[]
  /** Networks beside loopback that group `default` lets in without credentials. */
  readonly anonymousNetworks?: readonly string[]
  /** Further keys of the settings file. */
  readonly settings?: object
  /** Default: a temporary folder. */
  readonly storage?: string
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Where it runs; default: with the test. The first of `listen` is to be reached from there. */
  readonly network?: EngineNetwork
  /** Started in a hook for a whole suite: no single test shows its complaints. */
  readonly isShared?: boolean
}

/** One line of the server's JSON log. */
export interface LogLine {
  readonly event?: string
  readonly [field: string]: unknown
}

const START_TIMEOUT_MS = 20_000
const READY_POLL_MS = 25
/** Readers get 30 s to finish, so a stop may take that long. */
const STOP_TIMEOUT_MS = 40_000

/** The real program as a child process, with a settings file and a storage of its own. */
export class EntrepotProcess implements AsyncDisposable {
  readonly storage: string
  readonly #program: string
  readonly #dir: string
  readonly #settings: object
  readonly #env: Readonly<Record<string, string>>
  readonly #network: EngineNetwork | undefined
  readonly #cleanups: Cleanups
  #listen: readonly string[]
  #daemon: Daemon | undefined
  readonly #earlierLines: string[] = []

  constructor(program: string, dir: string, options: EntrepotOptions, cleanups: Cleanups) {
    this.#program = program
    this.#dir = dir
    this.#cleanups = cleanups
    this.#env = options.env ?? {}
    this.#network = options.network
    this.storage = options.storage ?? join(dir, 'storage')
    this.#listen = options.listen ?? ['127.0.0.1:0']
    this.#settings = {
      storage: { path: this.storage },
      groups: {
        default: {
          anonymous: { networks: ['127.0.0.0/8', '::1', ...(options.anonymousNetworks ?? [])] },
        },
      },
      upstreams: Object.fromEntries(
        Object.entries(options.upstreams).map(([name, upstream]) => [
          name,
          typeof upstream === 'string' ? { url: upstream } : upstream,
        ]),
      ),
      ...options.settings,
    }
  }

  /** HOST:PORT of every listener, in the order of the settings. */
  get addresses(): readonly string[] {
    return this.#listen
  }

  /** HOST:PORT of the first listener. */
  get address(): string {
    return this.#listen[0] ?? ''
  }

  get url(): string {
    return `http://${this.address}`
  }

  /** Undefined before the start, and when it was stopped. */
  get pid(): number | undefined {
    return this.#daemon?.pid
  }

  /** The log of every start so far; lines that are not JSON are left out. */
  get logs(): readonly LogLine[] {
    return [...this.#earlierLines, ...(this.#daemon?.lines ?? [])].flatMap(parseLogLine)
  }

  /** Resolves when the server listens and says that it is ready. */
  async start(): Promise<void> {
    const configPath = join(this.#dir, 'entrepot.yaml')
    await writeFile(configPath, dump({ ...this.#settings, listen: this.#listen }))
    // The server logs what it answers from its cache alone at level debug.
    const logging = ['--log-format', 'json', '--log-level', 'debug']
    const args = [this.#program, 'serve', '--config', configPath, ...logging]
    const env = { NO_PROXY: '*', no_proxy: '*', ...this.#env }
    const inside = this.#network && ['nsenter', `--net=/run/netns/${this.#network.namespace}`]
    const [file, ...words] = [...(inside ?? []), process.execPath, ...args] as [string, ...string[]]
    const daemon = new Daemon({ file, args: words, cwd: this.#dir, env })
    this.#daemon = daemon
    const line = await daemon.waitForLine((text) => listeningAddresses(text) !== undefined, START_TIMEOUT_MS)
    this.#listen = (listeningAddresses(line) ?? []).map((url) => new URL(url).host)
    await this.#ready()
  }

  /** SIGTERM: resolves with the exit, which should be code 0. Safe to call twice. */
  stop(): Promise<DaemonExit | undefined> {
    return this.kill('SIGTERM')
  }

  async kill(signal: NodeJS.Signals): Promise<DaemonExit | undefined> {
    const daemon = this.#daemon
    if (daemon === undefined) return undefined
    const exit = await daemon.stop(signal, STOP_TIMEOUT_MS)
    this.#daemon = undefined
    this.#earlierLines.push(...daemon.lines)
    return exit
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGKILL')
    watchText('the output of the server', this.#earlierLines.join('\n'))
    await watchStorage(this.storage)
    await this.#cleanups[Symbol.asyncDispose]()
  }

  async #ready(): Promise<void> {
    const giveUpAt = Date.now() + START_TIMEOUT_MS
    for (;;) {
      const reply = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(START_TIMEOUT_MS) })
      const answer = await reply.text()
      if (reply.status === 200) return
      if (Date.now() > giveUpAt) throw new Error(`not ready: ${reply.status}: ${answer}`)
      await delay(READY_POLL_MS)
    }
  }
}

/** In a test: when that fails, what the server complained of is shown. */
export function startEntrepot(options: EntrepotOptions): Promise<EntrepotProcess> {
  return startWith(async (cleanups) => {
    const program = await buildDist()
    const dir = await scratchDir('server', cleanups)
    const entrepot = new EntrepotProcess(program, dir, options, cleanups)
    cleanups.defer(() => entrepot.kill('SIGKILL'))
    if (options.isShared !== true) onTestFailed(() => showComplaints(entrepot))
    await entrepot.start()
    return entrepot
  })
}

const SHOWN_COMPLAINTS = 20

function showComplaints({ logs }: EntrepotProcess): void {
  const complaints = logs.filter(({ level }) => level === 'warn' || level === 'error')
  for (const line of complaints.slice(-SHOWN_COMPLAINTS)) process.stderr.write(`${JSON.stringify(line)}\n`)
}

function parseLogLine(text: string): LogLine[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return []
  }
}

function listeningAddresses(text: string): readonly string[] | undefined {
  const [line] = parseLogLine(text)
  return line?.event === 'server.listening' && Array.isArray(line.addresses) ? line.addresses : undefined
}

import { cpSync, lstatSync } from 'node:fs'
import { truncate } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { CacheAdmin } from '../../src/cache/cache-admin.ts'
import type {
  GroupSettings,
  Settings,
  StorageSettings,
  TagRule,
  TlsSettings,
  UpstreamSettings,
} from '../../src/config/settings.ts'
import type { Digest } from '../../src/oci/digest.ts'
import type { Access } from '../../src/server/access.ts'
import type { ConnectionLimits } from '../../src/server/connection-limits.ts'
import { type RunningServer, startServer } from '../../src/server/start.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import type { UpstreamTiming } from '../../src/upstream/timing.ts'
import { FakeClock } from './fake-clock.ts'
import { RecordLog } from './record-log.ts'
import { watchLog, watchStorage } from './secrets/watch.ts'
import { makeTempDir, type TempDir } from './temp-dir.ts'

export interface ProxyOptions {
  /** By registry name: where it is, and what differs from the defaults. */
  readonly upstreams: Readonly<Record<string, string | (Partial<UpstreamSettings> & { readonly at: string })>>
  readonly groups?: Readonly<Record<string, Partial<GroupSettings>>>
  readonly trustedProxies?: readonly string[]
  readonly externalUrl?: string
  readonly tls?: TlsSettings
  readonly tagRules?: readonly TagRule[]
  readonly timing?: Partial<UpstreamTiming>
  readonly storage?: Partial<StorageSettings>
  readonly limits?: Partial<ConnectionLimits>
  readonly jobs?: Settings['jobs']
  readonly metrics?: Settings['metrics']
  readonly clock?: FakeClock
}

/** The server in this process, on a free port and a storage of its own, with a clock that the test moves. */
export class RunningProxy implements AsyncDisposable {
  readonly clock: FakeClock
  readonly log = new RecordLog()
  readonly #options: ProxyOptions
  #storage: TempDir
  #server: RunningServer | undefined

  constructor(options: ProxyOptions, storage: TempDir) {
    this.#options = options
    this.#storage = storage
    this.clock = options.clock ?? new FakeClock()
  }

  get url(): string {
    return this.#server?.addresses[0] ?? 'http://not-running.invalid'
  }

  get jobsUrl(): string | undefined {
    return this.#server?.jobsAddress
  }

  get metricsUrl(): string | undefined {
    return this.#server?.metricsAddress
  }

  get admin(): CacheAdmin {
    if (this.#server === undefined) throw new Error('the proxy does not run')
    return this.#server.admin
  }

  get access(): Access {
    if (this.#server === undefined) throw new Error('the proxy does not run')
    return this.#server.access
  }

  /** Whether all that is looked at every hour has been: what is old, and which credentials ended. */
  get hasLookedThisHour(): boolean {
    return this.clock.hourlySleeperCount === 2
  }

  get storagePath(): string {
    return this.#storage.path
  }

  async start(): Promise<void> {
    this.#server = await startServer({
      settings: settingsOf(this.#options, this.#storage.path),
      log: this.log,
      clock: this.clock,
      upstreamTiming: this.#options.timing ?? {},
      connectionLimits: this.#options.limits ?? {},
    })
  }

  async stop(graceMs = 1_000): Promise<void> {
    await this.#server?.close({ graceMs })
    this.#server = undefined
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /**
   * Goes on with what a kill at this moment would have left on the disk. The copy is made in one go: nothing but
   * file operations that are under way already can change meanwhile, as they would with a process that dies.
   */
  async crash(): Promise<void> {
    const left = await makeTempDir()
    const isFile = (path: string) => !lstatSync(path, { throwIfNoEntry: false })?.isSocket()
    cpSync(this.#storage.path, left.path, { recursive: true, filter: isFile })
    await this.stop(0)
    await this.#storage[Symbol.asyncDispose]()
    this.#storage = left
    await this.start()
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers })
  }

  head(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { method: 'HEAD', headers })
  }

  /** Resolves once a download has become durable; rejects after five seconds. */
  async blobCommitted(digest: Digest): Promise<void> {
    for (let waitedMs = 0; waitedMs < 5_000; waitedMs += 5) {
      if (this.log.of('blob.committed').some((line) => line.fields.digest === digest)) return
      await delay(5)
    }
    throw new Error(`${digest} was not committed`)
  }

  /** What a disk does that loses the end of a file. */
  async truncateBlob(digest: Digest, sizeBytes: number): Promise<void> {
    await truncate(new StorageLayout(this.#storage.path).blob(digest), sizeBytes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(0)
    watchLog(this.log.lines)
    await watchStorage(this.#storage.path)
    await this.#storage[Symbol.asyncDispose]()
  }
}

export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const proxy = new RunningProxy(options, await makeTempDir())
  try {
    await proxy.start()
  } catch (error) {
    await proxy[Symbol.asyncDispose]()
    throw error
  }
  return proxy
}

/** `hit`, `miss`, `revalidated`…: the word that Cache-Status carries. */
export function outcomeOf(response: Response): string | undefined {
  return /detail=(\w+)/.exec(response.headers.get('cache-status') ?? '')?.[1]
}

/** The code of an error reply. */
export async function errorCodeOf(response: Response): Promise<string | undefined> {
  const body = (await response.json()) as { errors?: { code?: string }[] }
  return body.errors?.[0]?.code
}

function settingsOf(options: ProxyOptions, path: string): Settings {
  const upstreams = Object.entries(options.upstreams).map(([name, given]) => {
    const { at, ...rest } = typeof given === 'string' ? { at: given } : given
    const settings: UpstreamSettings = {
      name,
      url: new URL(at),
      credential: undefined,
      tagTtlMs: 60_000,
      maxStaleMs: 7 * 24 * 60 * 60 * 1000,
      maxDownloads: 32,
      bytesPerSecond: undefined,
      reserve: 0.1,
      allow: ['**'],
      tokenHosts: [],
      allowNetworks: [],
      ca: undefined,
      alias: undefined,
      privateFor: [],
      ...rest,
    }
    return [name, settings] as const
  })
  const groups = Object.entries({ default: {}, ...options.groups }).map(
    ([path, group]) =>
      [
        path,
        { anonymousNetworks: undefined, repositories: undefined, upstreams: new Map(), ...group },
      ] as const,
  )
  return {
    listen: [{ host: '127.0.0.1', port: 0 }],
    externalUrl: options.externalUrl === undefined ? undefined : new URL(options.externalUrl),
    tls: options.tls,
    storage: {
      path,
      maxBytes: undefined,
      minFreeBytes: 0,
      maxAgeMs: undefined,
      highMark: 0.95,
      lowMark: 0.85,
      scrubBytesPerSecond: 0,
      ...options.storage,
    },
    groups: new Map(groups),
    trustedProxies: options.trustedProxies ?? [],
    upstreams: new Map(upstreams),
    tagRules: options.tagRules ?? [],
    jobs: options.jobs ?? { listen: undefined },
    metrics: options.metrics ?? { listen: undefined },
    log: { level: 'debug', format: 'json' },
    proxy: {},
  }
}

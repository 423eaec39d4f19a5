import type Docker from 'dockerode'
import type { VolumeCreateOptions, VolumeInspectInfo } from 'dockerode'
import type { CallOptions, Engine } from './engine.ts'
import { isEngineError } from './engine-error.ts'

/** Of a large disk. */
const USAGE_TIMEOUT_MS = 10 * 60_000

/** What a volume takes, and whether it is needed. */
export interface VolumeUsage {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** 0 where its driver does not tell. */
  readonly sizeBytes: number
  /** By a container, running or not. */
  readonly isInUse: boolean
}

interface DiskUsage {
  readonly Volumes?: readonly VolumeInspectInfo[] | null
}

/** Volumes of an engine, by name. Errors: EngineError. */
export class Volumes {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** One that is there already stays as it is. */
  async create(options: VolumeCreateOptions, call: CallOptions = {}): Promise<void> {
    await this.#engine.call(
      `create volume ${options.Name}`,
      (docker, abortSignal) => docker.createVolume({ ...options, abortSignal }),
      call,
    )
  }

  /** Those with every one of the labels. */
  async list(labels: readonly string[], call: CallOptions = {}): Promise<VolumeInspectInfo[]> {
    const filters = JSON.stringify({ label: labels })
    const found = await this.#engine.call('list volumes', (docker) => docker.listVolumes({ filters }), call)
    return found.Volumes ?? []
  }

  /** All of them. The engine adds up every file for this, and older ones add up images and containers too. */
  async usages(call: CallOptions = {}): Promise<VolumeUsage[]> {
    const used = await this.#engine.call(
      'ask for the sizes of volumes',
      (docker, abortSignal) => askDiskUsage(docker, abortSignal),
      { timeoutMs: USAGE_TIMEOUT_MS, ...call },
    )
    return (used.Volumes ?? []).map(({ Name, Labels, UsageData }) => ({
      name: Name,
      labels: Labels ?? {},
      sizeBytes: Math.max(0, UsageData?.Size ?? 0),
      isInUse: UsageData === undefined || UsageData === null || UsageData.RefCount !== 0,
    }))
  }

  /** What is gone already is well. */
  async remove(name: string, call: CallOptions = {}): Promise<void> {
    try {
      await this.#engine.call(`remove volume ${name}`, (docker) => docker.getVolume(name).remove(), call)
    } catch (error) {
      if (!isEngineError(error, 'NOT_FOUND')) throw error
    }
  }
}

/** The library's own call has no parameters, and would have images and containers added up too. */
function askDiskUsage(docker: Docker, abortSignal: AbortSignal): Promise<DiskUsage> {
  const order = {
    path: '/system/df?',
    method: 'GET',
    options: { type: 'volume' },
    abortSignal,
    statusCodes: { 200: true, 500: 'server error' },
  }
  return new Promise((resolve, reject) => {
    docker.modem.dial(order, (error: unknown, told: unknown) =>
      error ? reject(error) : resolve(told as DiskUsage),
    )
  })
}

import type { VolumeCreateOptions, VolumeInspectInfo } from 'dockerode'
import type { CallOptions, Engine } from './engine.ts'
import { isEngineError } from './engine-error.ts'

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

  /** What is gone already is well. */
  async remove(name: string, call: CallOptions = {}): Promise<void> {
    try {
      await this.#engine.call(`remove volume ${name}`, (docker) => docker.getVolume(name).remove(), call)
    } catch (error) {
      if (!isEngineError(error, 'NOT_FOUND')) throw error
    }
  }
}

import type { NetworkCreateOptions, NetworkInspectInfo } from 'dockerode'
import type { CallOptions, Engine } from './engine.ts'
import { isEngineError } from './engine-error.ts'

/** Networks of an engine. Errors: EngineError. */
export class Networks {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** @returns the id */
  async create(options: NetworkCreateOptions, call: CallOptions = {}): Promise<string> {
    const made = await this.#engine.call(
      `create network ${options.Name}`,
      (docker, abortSignal) => docker.createNetwork({ ...options, abortSignal }),
      call,
    )
    return made.id
  }

  inspect(id: string, call: CallOptions = {}): Promise<NetworkInspectInfo> {
    return this.#engine.call(`inspect network ${id}`, (docker) => docker.getNetwork(id).inspect(), call)
  }

  /** All of the engine, or those with every one of the labels. */
  list(labels: readonly string[] = [], call: CallOptions = {}): Promise<NetworkInspectInfo[]> {
    const filters = JSON.stringify(labels.length === 0 ? {} : { label: labels })
    return this.#engine.call('list networks', (docker) => docker.listNetworks({ filters }), call)
  }

  /** What is gone already is well. Containers in it must be gone. */
  async remove(id: string, call: CallOptions = {}): Promise<void> {
    try {
      await this.#engine.call(`remove network ${id}`, (docker) => docker.getNetwork(id).remove(), call)
    } catch (error) {
      if (!isEngineError(error, 'NOT_FOUND')) throw error
    }
  }
}

import type { Executor, JobEnvironment, JobOrder, Swept } from '../executor.ts'
import { Containers } from './containers.ts'
import { DockerEnvironment } from './docker-environment.ts'
import type { DockerExecutorOptions } from './executor-options.ts'
import { Networks } from './networks.ts'
import { type EngineParts, removeAbandoned } from './remove-all.ts'
import { Volumes } from './volumes.ts'

/** Runs jobs in containers of one Docker Engine. */
export class DockerExecutor implements Executor {
  readonly name = 'docker'
  readonly #options: DockerExecutorOptions
  readonly #parts: EngineParts

  constructor(options: DockerExecutorOptions) {
    const { engine } = options
    this.#options = options
    this.#parts = {
      containers: new Containers(engine),
      networks: new Networks(engine),
      volumes: new Volumes(engine),
    }
  }

  open(order: JobOrder): JobEnvironment {
    return new DockerEnvironment({ ...this.#options, ...this.#parts, ...order, prune: () => this.sweep() })
  }

  sweep(): Promise<Swept> {
    return removeAbandoned(this.#parts, this.#options.owner.hostId)
  }

  /** Jobs close what is theirs; connections end when nobody uses them. */
  async close(): Promise<void> {
    await this.#options.images.close()
  }
}

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Executor, JobEnvironment, JobOrder, Swept } from '../executor.ts'
import { CacheVolumes } from './cache-volumes.ts'
import { Containers } from './containers.ts'
import { DockerEnvironment } from './docker-environment.ts'
import type { DockerExecutorOptions } from './executor-options.ts'
import { Networks } from './networks.ts'
import { type EngineParts, removeAbandoned } from './remove-all.ts'
import { VolumeUses } from './volume-uses.ts'
import { Volumes } from './volumes.ts'

/** Runs jobs in containers of one Docker Engine. */
export class DockerExecutor implements Executor {
  readonly name = 'docker'
  readonly #options: DockerExecutorOptions
  readonly #parts: EngineParts
  readonly #cacheVolumes: CacheVolumes | undefined

  constructor(options: DockerExecutorOptions) {
    const { engine } = options
    this.#options = options
    this.#parts = {
      containers: new Containers(engine),
      networks: new Networks(engine),
      volumes: new Volumes(engine),
    }
    this.#cacheVolumes = openCacheVolumes(options, this.#parts)
  }

  open(order: JobOrder): JobEnvironment {
    return new DockerEnvironment({
      ...{ ...this.#options, ...this.#parts, ...order },
      cacheVolumes: this.#cacheVolumes,
      prune: () => this.sweep(),
    })
  }

  async sweep(): Promise<Swept> {
    const swept = await removeAbandoned(this.#parts, this.#options.owner.hostId)
    this.#cacheVolumes?.evict()
    return swept
  }

  /** Jobs close what is theirs; connections end when nobody uses them. */
  async close(): Promise<void> {
    await this.#cacheVolumes?.close()
    await this.#options.images.close()
  }
}

function openCacheVolumes(
  { volumeUses, settings, runner, clock, log }: DockerExecutorOptions,
  { volumes }: EngineParts,
): CacheVolumes | undefined {
  if (volumeUses === undefined) return undefined
  const engine = createHash('sha256').update(settings.host).digest('hex').slice(0, 16)
  return new CacheVolumes({
    ...{ volumes, clock, log },
    uses: new VolumeUses(join(volumeUses, engine)),
    bounds: { maxBytes: settings.cacheMaxBytes, maxAgeMs: settings.cacheKeepMs },
    systemId: runner.systemId,
  })
}

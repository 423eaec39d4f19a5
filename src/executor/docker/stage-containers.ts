import { Readable } from 'node:stream'
import type { StageRun } from '../executor.ts'
import { JobFailure } from '../failure.ts'
import type { PreparedImage } from '../images/image-resolver.ts'
import { type ContainerFrame, type ScriptContainerOrder, scriptContainer } from './container-options.ts'
import { containerOwner } from './container-owner.ts'
import type { Containers } from './containers.ts'
import { isEngineError } from './engine-error.ts'
import type { FileOwner } from './file-owner.ts'
import type { JobDirectories } from './job-directories.ts'
import { directoriesArchive } from './job-volumes.ts'

export type StageContainer = StageRun['container']

/** What a stage's container is made from. */
export interface StagePlan {
  readonly image: PreparedImage
  readonly order: ScriptContainerOrder
}

export interface StageContainersOptions {
  readonly containers: Containers
  readonly frame: ContainerFrame
  readonly directories: JobDirectories
  /** Told when the container is needed first: a helper's image is not fetched for jobs without one. */
  readonly plan: (kind: StageContainer, place: PlanPlace) => Promise<StagePlan>
}

export interface PlanPlace {
  /** Who the build's scripts run as; absent: root, or not known yet. */
  readonly owner: FileOwner | undefined
  readonly signal: AbortSignal
}

interface MadeContainer {
  readonly id: string
  readonly plan: StagePlan
}

/**
 * The build's container and the helper's. Each is made once and started again for every stage: what a script leaves
 * outside of volumes is there for after_script. One that was stopped by force is made anew.
 */
export class StageContainers {
  readonly #options: StageContainersOptions
  readonly #made = new Map<StageContainer, MadeContainer>()
  #owner: FileOwner | undefined

  constructor(options: StageContainersOptions) {
    this.#options = options
  }

  /** @throws JobFailure; EngineError; the signal's reason */
  async get(kind: StageContainer, signal: AbortSignal): Promise<MadeContainer> {
    const made = this.#made.get(kind) ?? (await this.#make(kind, signal))
    this.#made.set(kind, made)
    return made
  }

  /** Who the build's scripts run as, once its container is made; absent: root. */
  get owner(): FileOwner | undefined {
    return this.#owner
  }

  forget(kind: StageContainer): void {
    this.#made.delete(kind)
  }

  async #make(kind: StageContainer, signal: AbortSignal): Promise<MadeContainer> {
    const { containers, frame, directories } = this.#options
    const plan = await this.#options.plan(kind, { owner: this.#owner, signal })
    const id = await this.#create(plan, signal)
    if (kind === 'build') this.#owner = await containerOwner(containers, id, signal)
    const archive = directoriesArchive(frame.volumes, directories, this.#owner)
    await containers.writeArchive(id, '/', Readable.from(archive), { signal })
    return { id, plan }
  }

  async #create({ image, order }: StagePlan, signal: AbortSignal): Promise<string> {
    const { containers, frame } = this.#options
    try {
      return await containers.create(scriptContainer(frame, order), { signal })
    } catch (error) {
      if (!isEngineError(error, 'REFUSED')) throw error
      const message = `the engine refuses the container of image "${image.name}": ${error.message}`
      throw new JobFailure('runner_configuration_error', message, { cause: error })
    }
  }
}

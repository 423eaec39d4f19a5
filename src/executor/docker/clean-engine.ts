import type { Swept } from '../executor.ts'
import { Containers } from './containers.ts'
import type { Engine } from './engine.ts'
import { isEngineError } from './engine-error.ts'
import { Networks } from './networks.ts'
import { removeAbandoned } from './remove-all.ts'
import { Volumes } from './volumes.ts'

/** What images of jobs are named on the engine. */
const OWN_REGISTRY = 'entrepot.invalid/'

export interface CleanOrder {
  readonly hostId: string
  /** Images of jobs too, but for those that a container needs. */
  readonly withImages: boolean
  /** Only counts; images in use too, since only removing them tells. */
  readonly isDryRun: boolean
}

export interface Cleaned extends Swept {
  readonly images: number
}

/**
 * Removes what dead processes of this host left on an engine.
 * @throws EngineError
 */
export async function cleanEngine(
  engine: Engine,
  { hostId, withImages, isDryRun }: CleanOrder,
): Promise<Cleaned> {
  const parts = {
    containers: new Containers(engine),
    networks: new Networks(engine),
    volumes: new Volumes(engine),
  }
  const swept = await removeAbandoned(parts, hostId, { isDryRun })
  return { ...swept, images: withImages ? await removeImages(engine, isDryRun) : 0 }
}

async function removeImages(engine: Engine, isDryRun: boolean): Promise<number> {
  const images = await engine.call('list images', (docker) => docker.listImages())
  let count = 0
  for (const { RepoTags } of images) {
    const names = (RepoTags ?? []).filter((name) => name.startsWith(OWN_REGISTRY))
    if (names.length === 0) continue
    if (isDryRun || (await removeNames(engine, names))) count += 1
  }
  return count
}

/** An image goes with the last of its names. */
async function removeNames(engine: Engine, names: readonly string[]): Promise<boolean> {
  try {
    for (const name of names)
      await engine.call(`remove image ${name}`, (docker) => docker.getImage(name).remove())
    return true
  } catch (error) {
    if (isEngineError(error, 'CONFLICT', 'NOT_FOUND')) return false
    throw error
  }
}

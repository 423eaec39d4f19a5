import { isImageName, readWantedImage } from '../../executor/images/wanted-image.ts'
import type { PipelinePlan, PlannedJob } from '../../pipeline/plan/planned-job.ts'

/** An image that jobs of a plan are made from. */
export interface PlanImage {
  /** As jobs have it, with values put in: `redis:7`. */
  readonly name: string
  /** By its full name; undefined when only a run can know it: a variable in it has no value yet. */
  readonly canonical: string | undefined
  /** Whether it is asked for by digest, so that nobody has to be asked what it is now. */
  readonly isPinned: boolean
  /** Names, in the order of the pipeline. */
  readonly jobs: readonly string[]
  /** Whether only jobs want it that wait for a person. */
  readonly isManual: boolean
}

/** Names behind it are pulled through the cache as they are. */
const PREFIX =
  /^\$(?:\{CI_DEPENDENCY_PROXY_(?:DIRECT_)?GROUP_IMAGE_PREFIX\}|CI_DEPENDENCY_PROXY_(?:DIRECT_)?GROUP_IMAGE_PREFIX)\//

/** The images of a plan, each once, those of services among them. */
export function planImages({ jobs }: PipelinePlan): readonly PlanImage[] {
  const wanted = new Map<string, PlannedJob[]>()
  for (const job of jobs) {
    for (const name of new Set(imageNames(job))) wanted.set(name, [...(wanted.get(name) ?? []), job])
  }
  return [...wanted].map(([name, users]) => {
    const image = !name.includes('$') && isImageName(name) ? readWantedImage(name) : undefined
    return {
      name,
      canonical: image?.canonical,
      isPinned: image?.digest !== undefined,
      jobs: users.map((job) => job.name),
      isManual: users.every(({ when }) => when === 'manual'),
    }
  })
}

/** Of one job, its own first. */
export function imageNames({ config, scope }: PlannedJob): readonly string[] {
  const { image, services } = config
  const written = [...(image === undefined ? [] : [image]), ...services]
  return written.map(({ name }) => scope.expand(name.replace(PREFIX, '')))
}

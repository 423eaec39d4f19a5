import type {
  ImagePulled,
  JobFinished,
  PipelineFinished,
  RunEvent,
} from '../../../pipeline/run/pipeline-events.ts'

/** Where a pipeline is, as its events tell it. Never changed: every event makes a new one. */
export interface RunOverview {
  /** Wall time; undefined before the first event. */
  readonly startedAt: number | undefined
  /** By name, in the order of the pipeline. */
  readonly jobs: ReadonlyMap<string, JobOverview>
  /** By reference: what is on its way. */
  readonly pulls: ReadonlyMap<string, PullOverview>
  /** In the order in which they were there. */
  readonly images: readonly ImagePulled[]
  readonly finished: PipelineFinished | undefined
}

export interface JobOverview {
  readonly job: string
  readonly stage: string
  /** Undefined while it does not run. */
  readonly startedAt: number | undefined
  /** While it waits for its time. */
  readonly delayedUntil: number | undefined
  readonly finished: JobFinished | undefined
}

export interface PullOverview {
  readonly reference: string
  readonly bytes: number
  readonly totalBytes: number
  readonly startedAt: number
}

export const NOTHING_YET: RunOverview = {
  startedAt: undefined,
  jobs: new Map(),
  pulls: new Map(),
  images: [],
  finished: undefined,
}

const NOT_STARTED = { startedAt: undefined, delayedUntil: undefined, finished: undefined }

export function follow(overview: RunOverview, event: RunEvent): RunOverview {
  const at = Date.parse(event.time)
  switch (event.event) {
    case 'job.log':
      return overview
    case 'pipeline.started': {
      const jobs = event.jobs.map((job) => [job.job, { ...job, ...NOT_STARTED }] as const)
      return { ...overview, startedAt: at, jobs: new Map(jobs) }
    }
    case 'job.started':
      return withJob(overview, event, { startedAt: at, delayedUntil: undefined })
    case 'job.delayed':
      return withJob(overview, event, { delayedUntil: Date.parse(event.startAt) })
    case 'job.retried':
      return withJob(overview, event, { startedAt: undefined })
    case 'job.finished':
      return withJob(overview, event, { startedAt: undefined, delayedUntil: undefined, finished: event })
    case 'image.progress': {
      const { reference, bytes, totalBytes } = event
      const startedAt = overview.pulls.get(reference)?.startedAt ?? at
      const pulls = new Map(overview.pulls).set(reference, { reference, bytes, totalBytes, startedAt })
      return { ...overview, pulls }
    }
    case 'image.pulled': {
      const pulls = new Map(overview.pulls)
      pulls.delete(event.reference)
      return { ...overview, pulls, images: [...overview.images, event] }
    }
    case 'pipeline.finished':
      return { ...overview, pulls: new Map(), finished: event }
  }
}

function withJob(
  overview: RunOverview,
  { job, stage }: { readonly job: string; readonly stage: string },
  change: Partial<JobOverview>,
): RunOverview {
  const known = overview.jobs.get(job) ?? { job, stage, ...NOT_STARTED }
  return { ...overview, jobs: new Map(overview.jobs).set(job, { ...known, ...change }) }
}

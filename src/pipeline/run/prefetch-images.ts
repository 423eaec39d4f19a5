import type { TraceWriter } from '../../executor/executor.ts'
import type { ImageRequest, ImageResolver } from '../../executor/images/image-resolver.ts'
import type { Job, JobImage, JobVariable } from '../../executor/job/job.ts'
import { JobVariables } from '../../executor/job/job-variables.ts'

/** A job that takes the image in the end says what there is to say. */
const SILENT: TraceWriter = { write() {}, info() {}, line() {}, warn() {}, error() {} }

/**
 * Gets the images of jobs that are about to run, all at once and each once. What fails is no error: the job that needs
 * it tries again, and says why.
 * @param runnerVariables of the runner's settings, below those of the jobs
 */
export async function prefetchImages(
  jobs: readonly Job[],
  images: ImageResolver,
  runnerVariables: readonly JobVariable[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    prefetchPlan(jobs).map(async ({ job, requests }) => {
      try {
        const variables = new JobVariables([...runnerVariables, ...job.variables]).all
        const opened = await images.open({ job, variables, trace: SILENT }, signal)
        try {
          await Promise.allSettled(requests.map((request) => opened.prepare([request], signal)))
        } finally {
          await opened.close()
        }
      } catch {
        // Said by the job.
      }
    }),
  )
}

export interface JobPrefetch {
  readonly job: Job
  readonly requests: readonly ImageRequest[]
}

/**
 * Which job's rights each image is fetched with: those of the first that names it. Names with variables are left to
 * their jobs, and so is what must not be pulled.
 */
export function prefetchPlan(jobs: readonly Job[]): readonly JobPrefetch[] {
  const seen = new Set<string>()
  return jobs.flatMap((job) => {
    const requests = requestsOf(job).filter(({ name, platform, pullPolicies }) => {
      const key = JSON.stringify([name, platform, pullPolicies])
      const isMeant = !name.includes('$') && !pullPolicies.includes('never') && !seen.has(key)
      if (isMeant) seen.add(key)
      return isMeant
    })
    return requests.length === 0 ? [] : [{ job, requests }]
  })
}

function requestsOf({ image, services }: Job): readonly ImageRequest[] {
  const own = image === undefined ? [] : [request('build', image)]
  return [...own, ...services.map((service, index) => request(`service-${index}`, service))]
}

function request(role: ImageRequest['role'], { name, pullPolicies, platform }: JobImage): ImageRequest {
  return { role, name, isConfigured: false, pullPolicies, platform }
}

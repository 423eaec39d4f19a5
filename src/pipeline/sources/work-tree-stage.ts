import type { TraceWriter } from '../../executor/executor.ts'
import { gitStrategy } from '../../executor/job/git-strategy.ts'
import type { Job } from '../../executor/job/job.ts'
import type { JobPlace, JobStage } from '../../executor/run/job-run.ts'
import type { SourceSnapshot } from './source-snapshot.ts'

export interface WorkTreeStageOrder {
  readonly job: Job
  readonly trace: TraceWriter
  /** Taken once for all jobs. */
  readonly snapshot: () => Promise<SourceSnapshot>
  /** `the work tree of /home/ada/shop`, for the log. */
  readonly origin: string
}

/** Puts the project into a job's directory, as it was when the pipeline began. */
export function workTreeStage(order: WorkTreeStageOrder): JobStage {
  return {
    name: 'get_sources',
    title: `Getting source from ${order.origin}`,
    run: (place, signal) => putSources(order, place, signal),
  }
}

async function putSources(
  { job, trace, snapshot }: WorkTreeStageOrder,
  { environment, prepared, variables }: JobPlace,
  signal: AbortSignal,
): Promise<void> {
  if (job.hooks.length > 0) trace.warn('hooks:pre_get_sources_script is not run: sources are copied')
  const strategy = gitStrategy(job, variables.get('GIT_STRATEGY'))
  if (strategy === 'none' || strategy === 'empty') {
    trace.info('Skipping Git repository setup')
    return
  }
  const sources = await snapshot()
  signal.throwIfAborted()
  await environment.writeArchive(prepared.projectDirectory, sources.open(), signal)
  trace.info(`Copied ${sources.files} files at ${job.git.sha.slice(0, 8)} as ${job.git.ref}`)
}

import { arch, availableParallelism, hostname, platform } from 'node:os'
import type { RunnerSettings } from '../../executor/config/runner-settings.ts'
import { Engine } from '../../executor/docker/engine.ts'
import { LocalCacheStore } from '../../executor/stages/caches/local-cache-store.ts'
import type { Log } from '../../log.ts'
import { formatPlatform, parsePlatform } from '../../oci/platform.ts'
import { isLocalPlace } from '../../pipeline/git/remote-url.ts'
import { startableJobs } from '../../pipeline/plan/startable-jobs.ts'
import { LocalJobRunner } from '../../pipeline/run/local-job-runner.ts'
import type { RunEvent } from '../../pipeline/run/pipeline-events.ts'
import { type ImageTotals, PipelineImages } from '../../pipeline/run/pipeline-images.ts'
import { prefetchImages } from '../../pipeline/run/prefetch-images.ts'
import { type FinalStatus, type PipelineOrder, runPipeline } from '../../pipeline/run/run-pipeline.ts'
import type { RunState } from '../../pipeline/run/run-state.ts'
import { sourceDepth } from '../../pipeline/sources/source-depth.ts'
import { SourceSnapshot } from '../../pipeline/sources/source-snapshot.ts'
import { version } from '../../version.ts'
import type { CliContext } from '../context.ts'
import { jobCaches } from '../user-directories.ts'
import type { ChosenJobs } from './choose-jobs.ts'
import type { Interruption } from './interruption.ts'
import { openExecutor, openImages } from './open-executor.ts'
import { type OpenedProxy, openProxy } from './open-proxy.ts'
import type { PlannedProject } from './plan-project.ts'
import type { ProjectRunFlags } from './project-run-flags.ts'
import type { PipelineView } from './view/pipeline-view.ts'

export interface JobsOrder {
  readonly project: PlannedProject
  readonly chosen: ChosenJobs
  readonly runner: RunnerSettings
  readonly state: RunState
  readonly flags: ProjectRunFlags
  readonly view: PipelineView
  readonly interruption: Interruption
  readonly context: CliContext
  readonly log: Log
}

/** Jobs wait for the network more than they compute. */
const MIN_CONCURRENCY = 4
const NO_IMAGES: ImageTotals = { cacheHits: 0, upstreamRequests: 0, bytesSaved: 0 }

/**
 * Runs the chosen jobs with everything that they need of this machine, and tells of it to the end.
 * @throws what says that the engine or the proxy cannot be used
 */
export async function runJobs(order: JobsOrder): Promise<FinalStatus> {
  const { chosen, view, context } = order
  const emit = (event: RunEvent) => view.on(event)
  const { status, totals } = chosen.jobs.length === 0 ? await runNone(order) : await runOnEngine(order)
  emit({ event: 'pipeline.finished', time: new Date(context.clock.now()).toISOString(), status, ...totals })
  return status
}

interface RunEnd {
  readonly status: FinalStatus
  readonly totals: ImageTotals
}

/** Without jobs nothing is asked of the engine. */
async function runNone(order: JobsOrder): Promise<RunEnd> {
  const idle = { run: () => Promise.reject(new Error('there is no job')) }
  return { status: await runPipeline({ ...pipelineOrder(order), runner: idle }), totals: NO_IMAGES }
}

async function runOnEngine(order: JobsOrder): Promise<RunEnd> {
  const { runner, flags, interruption, context, log } = order
  const over = new AbortController()
  const snapshot = new LazySnapshot(order, AbortSignal.any([over.signal, interruption.abort.signal]))
  try {
    const engine = new Engine(runner.docker)
    await engine.facts({ signal: interruption.cancel.signal })
    const opened = await openProxy(flags, runner, engine, context, log)
    try {
      return await runThrough(order, engine, opened, snapshot)
    } finally {
      await opened.close()
    }
  } finally {
    over.abort(new Error('the run is over'))
    await snapshot.close()
  }
}

async function runThrough(
  order: JobsOrder,
  engine: Engine,
  opened: OpenedProxy,
  snapshot: LazySnapshot,
): Promise<RunEnd> {
  const { project, chosen, runner, state, view, interruption, context, log } = order
  const { clock } = context
  const emit = (event: RunEvent) => view.on(event)
  const parts = { engine, runner, opened, context, log }
  const images = new PipelineImages({ resolver: await openImages(parts), clock, emit })
  const executor = await openExecutor({ ...parts, images })
  const { directory } = project.repository
  const jobs = new LocalJobRunner({
    ...{ context: project.context, executor, runner, state, clock, log, emit },
    caches: new LocalCacheStore({
      directory: jobCaches(context.env),
      maxBytes: runner.docker.cacheMaxBytes,
      maxAgeMs: runner.docker.cacheKeepMs,
      clock,
    }),
    cacheProject: cacheProject(project),
    snapshot: () => snapshot.get(),
    origin: flagsOrigin(order),
    usedImages: (id) => images.usedBy(id),
    hostName: hostname(),
    self: { description: `entrepot on ${hostname()}`, version, architecture: ownPlatform() },
    cancel: interruption.cancel.signal,
    abort: interruption.abort.signal,
  })
  const prefetched = new AbortController()
  const stop = AbortSignal.any([prefetched.signal, interruption.cancel.signal])
  const startable = startableJobs(chosen.jobs, chosen.played).map((job) => jobs.compile(job))
  const prefetching = prefetchImages(startable, images, runner.environment, stop)
  try {
    await executor.sweep()
    const status = await runPipeline({ ...pipelineOrder(order), runner: jobs })
    return { status, totals: images.totals }
  } finally {
    prefetched.abort(new Error(`the pipeline in ${directory} is over`))
    await prefetching
    await executor.close()
  }
}

function pipelineOrder({
  chosen,
  flags,
  view,
  interruption,
  context,
}: JobsOrder): Omit<PipelineOrder, 'runner'> {
  return {
    jobs: chosen.jobs,
    schedule: { played: chosen.played, skipDelays: flags.skipDelays === true },
    concurrency: flags.concurrency ?? Math.max(MIN_CONCURRENCY, availableParallelism()),
    clock: context.clock,
    cancel: interruption.cancel.signal,
    emit: (event) => view.on(event),
  }
}

/** Taken at the beginning, while the engine is asked: what is changed later is not in it. */
class LazySnapshot {
  readonly #taking: Promise<SourceSnapshot>

  constructor({ project, chosen, state, flags }: JobsOrder, signal: AbortSignal) {
    const { repository, tree, context } = project
    this.#taking = SourceSnapshot.take(
      {
        ...{ repository, tree },
        isCommittedOnly: flags.committed === true,
        depth: sourceDepth(chosen.jobs),
        originUrl: `${context.project.url}.git`,
        temporaryDirectory: state.temporaryDirectory,
      },
      signal,
    )
    // Whoever needs it hears of its trouble.
    this.#taking.catch(() => {})
  }

  get(): Promise<SourceSnapshot> {
    return this.#taking
  }

  async close(): Promise<void> {
    const taken = await this.#taking.catch(() => undefined)
    await taken?.close()
  }
}

/** As compilers call it: `linux/amd64`. */
function ownPlatform(): string {
  const written = `${platform()}/${arch()}`
  const known = parsePlatform(written)
  return known === undefined ? written : formatPlatform(known)
}

function flagsOrigin({ flags, project }: JobsOrder): string {
  const { directory } = project.repository
  return flags.committed ? `the last commit of ${directory}` : `the work tree of ${directory}`
}

/** Two clones of one project share their caches; projects without a server do not. */
function cacheProject({ context, repository }: PlannedProject): string {
  const { url } = context.project
  return isLocalPlace(url) ? repository.directory : url
}

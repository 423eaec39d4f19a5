import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import type { RunnerSettings } from '../../executor/config/runner-settings.ts'
import type { Executor } from '../../executor/executor.ts'
import type { GitInfo, Job, JobDependency } from '../../executor/job/job.ts'
import type { JobResult } from '../../executor/run/job-result.ts'
import { runJob } from '../../executor/run/run-job.ts'
import { runSettings } from '../../executor/run/run-settings.ts'
import type { CacheStore } from '../../executor/stages/cache-store.ts'
import { jobStages } from '../../executor/stages/job-stages.ts'
import { JobTrace } from '../../executor/trace/job-trace.ts'
import type { Log } from '../../log.ts'
import { compileJob, type RunnerFacts } from '../compile/compile-job.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { PlannedJob } from '../plan/planned-job.ts'
import { countTests, type TestCounts } from '../reports/count-tests.ts'
import type { JobOutcome } from '../schedule/job-outcome.ts'
import type { SourceSnapshot } from '../sources/source-snapshot.ts'
import { workTreeStage } from '../sources/work-tree-stage.ts'
import { readDotenv } from '../variables/dotenv.ts'
import type { OriginVariable } from '../variables/origin-variable.ts'
import type { JobRunner, TryEnd } from './job-runner.ts'
import { LineSink } from './line-sink.ts'
import { LocalArtifactStore } from './local-artifact-store.ts'
import { LogFile } from './log-file.ts'
import type { RunEvent, UsedImage } from './pipeline-events.ts'
import type { RunState } from './run-state.ts'

export interface LocalJobRunnerParts {
  readonly context: PipelineContext
  readonly executor: Executor
  readonly runner: RunnerSettings
  readonly caches: CacheStore
  /** See StageParts. */
  readonly cacheProject: string
  readonly state: RunState
  /** Taken once for all jobs. */
  readonly snapshot: () => Promise<SourceSnapshot>
  /** `the work tree of /home/ada/shop` */
  readonly origin: string
  readonly usedImages: (jobId: number) => readonly UsedImage[]
  readonly hostName: string
  readonly self: RunnerFacts
  readonly clock: Clock
  readonly log: Log
  readonly emit: (event: RunEvent) => void
  /** See JobRun. */
  readonly cancel: AbortSignal
  readonly abort: AbortSignal
}

/** Of one pipeline: what ids of jobs are counted in. */
const IDS_PER_PIPELINE = 100_000
/** Of the reports of one job. */
const MAX_JUNIT_BYTES = 16 * 1024 * 1024

/** Runs jobs of a pipeline with an executor of this machine; what earlier ones left is there for later ones. */
export class LocalJobRunner implements JobRunner {
  readonly #parts: LocalJobRunnerParts
  readonly #artifacts = new LocalArtifactStore()
  /** The last try of each job that ended. */
  readonly #ended = new Map<string, Job>()
  #tries = 0

  constructor(parts: LocalJobRunnerParts) {
    this.#parts = parts
  }

  async run(planned: PlannedJob, slot: number): Promise<TryEnd> {
    const { state, usedImages, log } = this.#parts
    const number = ++this.#tries
    const id = state.id * IDS_PER_PIPELINE + number
    let logFile: string | undefined
    try {
      const directory = await state.makeJobDirectory(planned.name, number)
      this.#artifacts.register(id, state.absolute(directory))
      using file = new LogFile(state.absolute(join(directory, 'job.log')), log)
      logFile = join(directory, 'job.log')
      const { variables, warnings } = await this.#reported(planned)
      const job = this.compile(planned, id, variables)
      const result = await this.#runJob(planned, job, slot, file, warnings)
      this.#ended.set(planned.name, job)
      const tests = await this.#countTests(planned, id)
      return { outcome: outcomeOf(result), logFile, images: usedImages(id), tests }
    } catch (error) {
      log.error({ event: 'pipeline_job.failed', err: error, job: planned.name }, 'a job could not be run')
      const outcome = { status: 'failed', reason: 'runner_system_failure', exitCode: undefined } as const
      return { outcome, logFile, images: usedImages(id) }
    }
  }

  /** A job as it would be run now. */
  compile(planned: PlannedJob, id = 0, reported: readonly OriginVariable[] = []): Job {
    const { context, clock, self } = this.#parts
    return compileJob(planned, context, {
      id,
      token: `local-${randomBytes(24).toString('base64url')}`,
      startedAt: clock.now(),
      runner: self,
      git: gitInfo(context),
      reported,
      dependencies: this.#dependencies(planned),
      credentials: [],
    })
  }

  async #runJob(
    planned: PlannedJob,
    job: Job,
    slot: number,
    file: LogFile,
    warnings: readonly string[],
  ): Promise<JobResult> {
    const { runner, executor, clock, log, hostName, emit, cancel, abort, ...parts } = this.#parts
    const lines = new LineSink((stream, text) =>
      emit({ event: 'job.log', time: new Date(clock.now()).toISOString(), job: planned.name, stream, text }),
    )
    const trace = new JobTrace({
      sink: {
        write: (chunk, stream) => {
          file.write(chunk)
          lines.write(chunk, stream)
        },
      },
      clock,
      // Nobody folds them here.
      hasSections: false,
      hasTimestamps: false,
      limitBytes: runner.outputLimitBytes,
      tokenPrefixes: job.features.tokenMaskPrefixes,
    })
    for (const warning of warnings) trace.warn(warning)
    const result = await runJob({
      ...{ job, executor, trace, clock, log, slot, cancel, abort },
      settings: runSettings(runner, hostName),
      stages: jobStages(job, {
        sources: workTreeStage({ job, trace, snapshot: parts.snapshot, origin: parts.origin }),
        caches: parts.caches,
        cacheProject: parts.cacheProject,
        artifacts: this.#artifacts,
        trace,
        temporaryDirectory: parts.state.temporaryDirectory,
      }),
    })
    lines.end()
    return result
  }

  /** What becomes of a job does not depend on its reports. */
  async #countTests(planned: PlannedJob, id: number): Promise<TestCounts | undefined> {
    try {
      const text = await this.#artifacts.readReport(id, 'junit', MAX_JUNIT_BYTES)
      return text === undefined ? undefined : countTests(text)
    } catch (error) {
      const { log } = this.#parts
      log.warn(
        { event: 'pipeline_job.report_unreadable', err: error, job: planned.name },
        'a report was not read',
      )
      return undefined
    }
  }

  #dependencies({ artifactsFrom }: PlannedJob): readonly JobDependency[] {
    return artifactsFrom.flatMap((name) => {
      const job = this.#ended.get(name)
      if (job === undefined) return []
      const archive = this.#artifacts.of(job.id).find(({ type }) => type === 'archive')
      const artifacts = archive && { filename: archive.filename, sizeBytes: archive.sizeBytes }
      return [{ id: job.id, token: job.token, name, artifacts }]
    })
  }

  /** The variables that the jobs before left in dotenv reports. */
  async #reported({ artifactsFrom }: PlannedJob) {
    const variables: OriginVariable[] = []
    const warnings: string[] = []
    for (const name of artifactsFrom) {
      const job = this.#ended.get(name)
      const text = job && (await this.#artifacts.readReport(job.id, 'dotenv'))
      if (text === undefined) continue
      const read = readDotenv(`dotenv of ${name}`, text)
      variables.push(...read.variables)
      warnings.push(...read.warnings)
    }
    return { variables, warnings }
  }
}

function gitInfo({ project, ref, commit }: PipelineContext): GitInfo {
  return {
    repoUrl: `${project.url}.git`,
    ref: ref.name,
    refType: ref.kind,
    sha: commit.sha,
    beforeSha: commit.beforeSha,
    refspecs: [],
    depth: 0,
    objectFormat: commit.sha.length > 40 ? 'sha256' : 'sha1',
    isProtected: ref.isProtected,
  }
}

function outcomeOf(result: JobResult): JobOutcome {
  if (result.status === 'success') return { status: 'success' }
  const { reason, exitCode } = result
  const isStopped = reason === 'job_canceled' || reason === 'runner_interrupted'
  return isStopped ? { status: 'canceled' } : { status: 'failed', reason, exitCode }
}

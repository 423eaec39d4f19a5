import type { StageEnd } from '../../../src/executor/executor.ts'
import { composeVariables } from '../../../src/executor/job/compose-variables.ts'
import type { Job } from '../../../src/executor/job/job.ts'
import { JobVariables } from '../../../src/executor/job/job-variables.ts'
import type { JobPlace } from '../../../src/executor/run/job-run.ts'
import { stepScript } from '../../../src/executor/script/job-scripts.ts'
import { type SourcesSettings, sourcesStage } from '../../../src/executor/stages/sources/sources-stage.ts'
import { CollectedTrace } from '../executor/collected-trace.ts'
import { LocalExecutor } from '../executor/local-executor.ts'

/** A place in which jobs get their sources, one after the other. */
export class SourcesPlace implements AsyncDisposable {
  readonly trace: CollectedTrace
  readonly #place: Omit<JobPlace, 'variables'>

  constructor(place: Omit<JobPlace, 'variables'>, trace: CollectedTrace) {
    this.#place = place
    this.trace = trace
  }

  /** In a shell of this machine. */
  static async open(job: Job): Promise<SourcesPlace> {
    const trace = new CollectedTrace()
    const environment = new LocalExecutor().open({ job, trace, slot: 0 })
    const prepared = await environment.prepare(AbortSignal.timeout(10_000))
    return new SourcesPlace({ environment, prepared }, trace)
  }

  get projectDirectory(): string {
    return this.#place.prepared.projectDirectory
  }

  /** @throws JobFailure */
  async get(job: Job, settings: Partial<SourcesSettings> = {}): Promise<void> {
    const stage = sourcesStage({
      job,
      trace: this.trace,
      settings: {
        preGetSourcesScript: undefined,
        postGetSourcesScript: undefined,
        cloneUrl: undefined,
        featureFlags: new Map(),
        ...settings,
      },
    })
    await stage.run({ ...this.#place, variables: this.#variables(job) }, AbortSignal.timeout(60_000))
  }

  /** As a script of the job, in its project directory. */
  async script(job: Job, ...commands: readonly string[]): Promise<StageEnd> {
    const { environment, prepared } = this.#place
    const style = { hasSections: false, checksExitCodes: false, isTraced: false }
    const context = { variables: this.#variables(job), projectDirectory: prepared.projectDirectory, style }
    const script = stepScript({ commands }, context)
    const stage = { name: 'step_script', container: 'build', script } as const
    return await environment.run(stage, AbortSignal.timeout(60_000))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#place.environment.close()
  }

  #variables(job: Job): JobVariables {
    const { buildsDirectory, projectDirectory, temporaryDirectory } = this.#place.prepared
    return new JobVariables(
      composeVariables({
        job,
        runner: [],
        featureFlags: new Map(),
        slot: 0,
        directories: {
          builds: buildsDirectory,
          project: projectDirectory,
          temporary: temporaryDirectory,
        },
        environment: [],
      }),
    )
  }
}

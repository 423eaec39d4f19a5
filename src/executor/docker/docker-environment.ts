import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { JobEnvironment, JobOrder, PreparedEnvironment, StageEnd, StageRun, Swept } from '../executor.ts'
import { JobFailure } from '../failure.ts'
import type { JobImages } from '../images/image-resolver.ts'
import type { CacheVolumes } from './cache-volumes.ts'
import { type ContainerFiles, makeDirectories, readFiles, writeFiles } from './container-files.ts'
import { ContainerGone } from './container-gone.ts'
import { isEngineError } from './engine-error.ts'
import type { DockerExecutorOptions } from './executor-options.ts'
import { ofJob } from './labels.ts'
import { jobNames } from './names.ts'
import { type PreparedJob, prepareJob } from './prepare-job.ts'
import { type EngineParts, removeLabelled } from './remove-all.ts'
import { runStage } from './run-stage.ts'
import { stopContainer } from './stop-container.ts'

export type DockerEnvironmentOptions = DockerExecutorOptions &
  EngineParts &
  JobOrder & { readonly cacheVolumes: CacheVolumes | undefined; readonly prune: () => Promise<Swept> }

/** Time for taking everything away: an engine that restarts is waited for. */
const CLOSE_TIMEOUT_MS = 5 * 60_000
const CLOSE_RETRY_MS = 1000

/** The containers, network and volumes of one job. */
export class DockerEnvironment implements JobEnvironment {
  readonly #options: DockerEnvironmentOptions
  readonly #closing = new AbortController()
  /** Whether there may be something on the engine. */
  #isBegun = false
  #images: JobImages | undefined
  #prepared: PreparedJob | undefined
  #cacheVolumes: readonly string[] = []

  constructor(options: DockerEnvironmentOptions) {
    this.#options = options
  }

  async prepare(signal: AbortSignal): Promise<PreparedEnvironment> {
    // An earlier try may have come half way.
    await this.#removeAll()
    this.#isBegun = true
    const { job, slot, runner } = this.#options
    const suffix = randomBytes(8).toString('hex')
    const names = jobNames(runner, { projectId: job.info.projectId, jobId: job.id, slot }, suffix)
    const prepared = await prepareJob(
      {
        ...this.#options,
        names,
        closing: this.#closing.signal,
        keepImages: (images) => (this.#images = images),
        noteVolumes: (names) => this.#noteVolumes(names),
      },
      signal,
    )
    this.#prepared = prepared
    const { directories, variables, hostname } = prepared
    return {
      hostname,
      buildsDirectory: directories.builds,
      projectDirectory: directories.project,
      temporaryDirectory: directories.temporary,
      cacheDirectory: directories.projectCache,
      variables,
    }
  }

  async run(stage: StageRun, signal: AbortSignal): Promise<StageEnd> {
    const { attempts } = this.#usePrepared()
    const { trace } = this.#options
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#runOnce(stage, signal)
      } catch (error) {
        if (!(error instanceof ContainerGone) || attempts === 1) throw error
        trace.error(`Container "${error.containerId}" not found or removed. Will retry...`)
        if (attempt === attempts) {
          trace.error('Execution attempts exceeded')
          throw error
        }
        trace.info(`Retrying ${stage.name}`)
      }
    }
  }

  async #runOnce(stage: StageRun, signal: AbortSignal): Promise<StageEnd> {
    const { stages, services, enginePlatform } = this.#usePrepared()
    const { engine, containers, trace } = this.#options
    const { id, plan } = await stages.get(stage.container, signal)
    try {
      const stop = () => stopContainer(containers, id, this.#closing.signal)
      const place = { engine, containers, containerId: id, plan, enginePlatform }
      const end = await runStage({ ...place, stage, trace, signal, stop })
      if (end.exitCode !== 0 && stage.container === 'build') await services.tellEnded()
      return end
    } catch (error) {
      stages.forget(stage.container)
      await containers.remove(id).catch(() => undefined)
      throw error
    }
  }

  async readArchive(path: string, signal: AbortSignal): Promise<Readable | undefined> {
    return await readFiles(await this.#files(signal), path)
  }

  async writeArchive(directory: string, tar: Readable, signal: AbortSignal): Promise<void> {
    await writeFiles(await this.#files(signal), directory, tar)
  }

  async makeDirectories(paths: readonly string[], signal: AbortSignal): Promise<void> {
    await makeDirectories(await this.#files(signal), paths)
  }

  async #files(signal: AbortSignal): Promise<ContainerFiles> {
    const until = AbortSignal.any([signal, this.#closing.signal])
    const { stages } = this.#usePrepared()
    const { id } = await stages.get('build', until)
    return { containers: this.#options.containers, containerId: id, owner: stages.owner, signal: until }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the job is being closed'))
    const { clock, log, job } = this.#options
    const giveUpAt = clock.now() + CLOSE_TIMEOUT_MS
    while (true) {
      try {
        await this.#removeAll()
        await this.#noteVolumes(this.#cacheVolumes)
        this.#options.cacheVolumes?.evict()
        return
      } catch (error) {
        const isPassing = isEngineError(error, 'UNREACHABLE', 'TIMEOUT', 'FAILED', 'REFUSED')
        if (!isPassing || clock.now() >= giveUpAt) {
          const told = 'what a job left on the engine could not be removed'
          log.error({ event: 'job.left', err: error, jobId: job.id }, told)
          return
        }
      }
      await clock.sleep(CLOSE_RETRY_MS)
    }
  }

  async #removeAll(): Promise<void> {
    await this.#images?.close()
    this.#images = undefined
    this.#prepared = undefined
    if (!this.#isBegun) return
    const { job, owner, settings } = this.#options
    await removeLabelled(this.#options, ofJob(job, owner), {
      isMeant: () => true,
      keepVolumes: settings.volumeKeep,
    })
    this.#isBegun = false
  }

  async #noteVolumes(names: readonly string[]): Promise<void> {
    this.#cacheVolumes = names
    await this.#options.cacheVolumes?.noteUse(names)
  }

  #usePrepared(): PreparedJob {
    if (this.#prepared === undefined) {
      throw new JobFailure('runner_system_failure', 'the environment of this job is not prepared')
    }
    return this.#prepared
  }
}

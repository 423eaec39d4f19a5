import type { Readable } from 'node:stream'
import type { Clock } from '../clock.ts'
import { JobFailure } from '../executor/failure.ts'
import type { Job, JobDependency } from '../executor/job/job.ts'
import type { ArtifactFile, ArtifactStore } from '../executor/stages/artifact-store.ts'
import type { ArtifactCalls } from './protocol/artifact-calls.ts'
import { CoordinatorError } from './protocol/coordinator-error.ts'

/** As GitLab Runner has it. */
const TRIES = 3
const RETRY_DELAY_MS = 1000

/** Artifacts at the server that a job came from. */
export class CoordinatorArtifacts implements ArtifactStore {
  readonly name = 'coordinator'
  readonly #calls: Pick<ArtifactCalls, 'upload' | 'download'>
  readonly #clock: Clock

  constructor(calls: Pick<ArtifactCalls, 'upload' | 'download'>, clock: Clock) {
    this.#calls = calls
    this.#clock = clock
  }

  async put(job: Job, file: ArtifactFile, signal: AbortSignal): Promise<string> {
    const { kind } = await this.#trying(() => this.#calls.upload(job, file, signal), signal)
    if (kind === 'stored') return '201 Created'
    const message =
      `413 Request Entity Too Large: "${file.filename}" has ${file.sizeBytes} bytes, more than the server takes ` +
      '("Maximum artifacts size" in its settings); leave something out of paths'
    throw new JobFailure('script_failure', message, { exitCode: 1 })
  }

  async get(dependency: JobDependency, signal: AbortSignal): Promise<Readable | undefined> {
    const found = await this.#trying(() => this.#calls.download(dependency, signal), signal)
    return found.kind === 'found' ? found.body : undefined
  }

  /** @throws JobFailure; the signal's reason */
  async #trying<Result>(call: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    for (let tries = 1; ; tries++) {
      try {
        return await call()
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof CoordinatorError)) throw error
        const isPassing = error.code === 'failed' || error.code === 'unreachable' || error.code === 'slow'
        if (!isPassing || tries === TRIES) {
          throw new JobFailure('runner_system_failure', error.message, { cause: error })
        }
        await this.#clock.sleep(error.retryAfterMs ?? RETRY_DELAY_MS * tries, signal)
      }
    }
  }
}

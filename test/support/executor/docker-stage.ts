import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '../../../src/clock.ts'
import { readRunnerFile } from '../../../src/executor/config/read-runner-file.ts'
import { DockerExecutor } from '../../../src/executor/docker/docker-executor.ts'
import { Engine } from '../../../src/executor/docker/engine.ts'
import type { Owner } from '../../../src/executor/docker/owner.ts'
import { readOwner } from '../../../src/executor/docker/owner.ts'
import type { JobEnvironment } from '../../../src/executor/executor.ts'
import type { Job } from '../../../src/executor/job/job.ts'
import { frame } from '../../../src/executor/script/frame.ts'
import type { Engine as TestEngine } from '../real/engine.ts'
import { RecordLog } from '../record-log.ts'
import { CollectedTrace } from './collected-trace.ts'
import { presentImages } from './present-images.ts'

export interface DockerStageOptions {
  /** What stands in `[runners.docker]`. */
  readonly toml?: string
  readonly featureFlags?: Readonly<Record<string, boolean>>
  readonly owner?: Owner
  readonly clock?: Clock
  /** See DockerExecutorOptions. */
  readonly volumeUses?: string
  /** Of the runner. */
  readonly systemId?: string
}

/** An executor on an engine of the test's, and what it left there. */
export class DockerStage {
  readonly engine: Engine
  readonly executor: DockerExecutor
  readonly log = new RecordLog()
  readonly owner: Owner

  constructor(engine: Pick<TestEngine, 'endpoint'>, owner: Owner, options: DockerStageOptions) {
    const { toml = '', featureFlags = {}, systemId = 's_0123456789ab' } = options
    const text = `[[runners]]\nexecutor = "docker"\n[runners.docker]\n${toml}\n`
    const file = readRunnerFile(text, { file: 'config.toml', dockerHost: engine.endpoint, env: {} })
    const settings = file.runners[0]?.docker
    if (settings === undefined) throw new Error('no [runners.docker] was read')
    this.owner = owner
    this.engine = new Engine(settings)
    this.executor = new DockerExecutor({
      engine: this.engine,
      settings,
      images: presentImages(this.engine),
      owner,
      runner: { shortToken: 'a1b2c3', systemId },
      variables: [],
      featureFlags: new Map(Object.entries(featureFlags)),
      buildsDirectory: '/builds',
      cacheDirectory: '/cache',
      volumeUses: options.volumeUses,
      clock: options.clock ?? systemClock,
      log: this.log,
    })
  }

  open(job: Job, slot = 0): OpenedJob {
    const trace = new CollectedTrace()
    return new OpenedJob(this.executor.open({ job, trace, slot }), trace)
  }
}

export async function dockerStage(
  engine: Pick<TestEngine, 'endpoint'>,
  options: DockerStageOptions = {},
): Promise<DockerStage> {
  // A host of its own: other tests' things on the same engine are not ours to sweep.
  const own = { ...(await readOwner()), hostId: randomBytes(8).toString('hex') }
  return new DockerStage(engine, options.owner ?? own, options)
}

/** A job in its environment; closes with the test. */
export class OpenedJob implements AsyncDisposable {
  constructor(
    readonly environment: JobEnvironment,
    readonly trace: CollectedTrace,
  ) {}

  prepare(signal = AbortSignal.timeout(90_000)) {
    return this.environment.prepare(signal)
  }

  /** Runs commands as a stage of the build. */
  run(script: string, signal = AbortSignal.timeout(90_000)) {
    return this.environment.run({ name: 'step_script', container: 'build', script: frame(script) }, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.environment.close()
  }
}

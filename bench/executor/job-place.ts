import { randomBytes } from 'node:crypto'
import { systemClock } from '../../src/clock.ts'
import type { Engine } from '../../src/executor/docker/engine.ts'
import type { JobStep } from '../../src/executor/job/job.ts'
import { runJob } from '../../src/executor/run/run-job.ts'
import { JobTrace } from '../../src/executor/trace/job-trace.ts'
import { aJob } from '../../test/support/executor/a-job.ts'
import { type DockerStage, dockerStage } from '../../test/support/executor/docker-stage.ts'
import { startEngineWithImages } from '../../test/support/executor/engine-with-images.ts'
import { startWith } from '../../test/support/real/cleanups.ts'
import { LoadFailed } from '../load/load-failed.ts'
import { missingCiLocal, openCiLocal } from './ci-local.ts'

const IMAGE = 'busybox:1.35'
const STEP: JobStep = {
  ...{ name: 'script', script: ['true'], timeoutMs: undefined },
  ...{ when: 'on_success', allowFailure: false },
}
const LOG_LIMIT_BYTES = 1024 * 1024

/** An engine that has the image, and four ways to have a command run on it that does nothing. */
export interface JobPlace extends AsyncDisposable {
  /** A job from the first line of its log to the last, nothing of it being left. */
  readonly runJob: () => Promise<void>
  /** The calls that no executor can do without, one after the other over the same connections. */
  readonly callEngine: () => Promise<void>
  readonly dockerRun: () => Promise<void>
  /** Absent: it is not installed. Its process too is started for each job. */
  readonly ciLocal: (() => Promise<void>) | undefined
}

export function openJobPlace(): Promise<JobPlace> {
  return startWith(async (cleanups) => {
    const { engine } = cleanups.use(await startEngineWithImages(['busybox']))
    const stage = await dockerStage(engine)
    return {
      runJob: () => runOnce(stage),
      callEngine: () => callOnce(stage.engine),
      dockerRun: async () => void (await engine.docker('run', '--rm', IMAGE, 'true')),
      ciLocal:
        missingCiLocal() === undefined ? await openCiLocal(engine.endpoint, IMAGE, cleanups) : undefined,
      [Symbol.asyncDispose]: () => cleanups[Symbol.asyncDispose](),
    }
  })
}

async function runOnce({ executor, log }: DockerStage): Promise<void> {
  const trace = new JobTrace({
    sink: { write: () => {} },
    clock: systemClock,
    hasSections: true,
    hasTimestamps: true,
    limitBytes: LOG_LIMIT_BYTES,
    tokenPrefixes: [],
  })
  const result = await runJob({
    ...{ executor, trace, log, clock: systemClock, slot: 0 },
    job: aJob(IMAGE, { steps: [STEP] }),
    settings: {
      ...{ variables: [], featureFlags: new Map(), hostName: 'bench' },
      ...{ preBuildScript: undefined, postBuildScript: undefined },
    },
    stages: { beforeSteps: [], afterSteps: () => [] },
    cancel: new AbortController().signal,
    abort: new AbortController().signal,
  })
  if (result.status !== 'success') throw new LoadFailed(`the job ended as ${JSON.stringify(result)}`)
}

async function callOnce({ docker }: Engine): Promise<void> {
  const network = await docker.createNetwork({ Name: `bench-${randomBytes(8).toString('hex')}` })
  const container = await docker.createContainer({
    Image: IMAGE,
    Cmd: ['true'],
    HostConfig: { NetworkMode: network.id },
  })
  await container.start()
  const { StatusCode } = await container.wait()
  if (StatusCode !== 0) throw new LoadFailed(`the container ended with ${StatusCode}`)
  await container.remove({ force: true, v: true })
  await network.remove()
}

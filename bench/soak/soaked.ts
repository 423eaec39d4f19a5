import { type Cleanups, startWith } from '../../test/support/real/cleanups.ts'
import { startDockerRegistry } from '../../test/support/real/docker-registry.ts'
import { startEngine } from '../../test/support/real/engine.ts'
import { startEntrepot } from '../../test/support/real/entrepot-process.ts'
import { type RunnerProgram, startRunnerProgram } from '../../test/support/real/runner-program.ts'
import { startScriptedUpstream } from '../../test/support/scripted-upstream.ts'
import { ReplayPulls } from '../replay/replay-pulls.ts'
import { SmallDisk } from '../replay/small-disk.ts'
import { MIB } from '../report/figures.ts'
import { type Sample, type SoakedProcesses, takeSample } from './sample.ts'

const IMAGES = 300
const SEED = 20_26
/** About a third of what all images take; the disk is a little larger. */
const BUDGET_BYTES = 52 * MIB
const DISK_BYTES = 96 * MIB
const PULLS = 300
const JOBS = 4
/** The upstream in trouble is not the one of the jobs' images: a job that fails shall be our mistake. */
const REPLAYED = 'replay.test'

const JOB = {
  job_info: {
    name: 'soak',
    stage: 'test',
    project_id: 7,
    project_name: 'shop',
    project_full_path: 'acme/shop',
  },
  git_info: { repo_url: '', ref: 'main', sha: '0'.repeat(40), before_sha: '' },
  runner_info: { timeout: 120 },
  variables: [{ key: 'GIT_STRATEGY', value: 'none', public: true }],
  steps: [{ name: 'script', script: ['seq 1 2000'] }],
}

/** What did not end well in a round: all 0 when nothing is wrong. */
export interface RoundTrouble {
  readonly wrongReplies: number
  readonly pullsGivenUp: number
  readonly jobsFailed: number
}

/** A cache on a small disk before an upstream in trouble, and a runner with an engine that pulls through it. */
export class Soaked implements AsyncDisposable {
  readonly #replay: ReplayPulls
  readonly #replayUrl: string
  readonly #runner: RunnerProgram
  readonly #processes: SoakedProcesses
  readonly #cleanups: Cleanups

  constructor(
    { replay, replayUrl }: { readonly replay: ReplayPulls; readonly replayUrl: string },
    runner: RunnerProgram,
    processes: SoakedProcesses,
    cleanups: Cleanups,
  ) {
    this.#replay = replay
    this.#replayUrl = replayUrl
    this.#runner = runner
    this.#processes = processes
    this.#cleanups = cleanups
  }

  /** Pulls and jobs side by side. */
  async round(): Promise<RoundTrouble> {
    const [reports, jobs] = await Promise.all([
      this.#replay.pull(this.#replayUrl, PULLS, `${REPLAYED}/`),
      this.#runner.run(...Array.from({ length: JOBS }, () => JOB)),
    ])
    return {
      wrongReplies: reports.reduce((sum, { wrong }) => sum + wrong, 0),
      pullsGivenUp: reports.filter(({ done }) => !done).length,
      jobsFailed: jobs.filter(({ status }) => status !== 'success').length,
    }
  }

  sample(): Promise<Sample> {
    return takeSample(this.#processes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }
}

/** Needs root, and the components of an engine. */
export function startSoaked(): Promise<Soaked> {
  return startWith(async (cleanups) => {
    const upstream = cleanups.use(await startScriptedUpstream())
    const replay = new ReplayPulls(upstream, IMAGES, SEED)
    const hub = cleanups.use(await startDockerRegistry({ images: ['busybox'] }))
    const engine = cleanups.use(await startEngine())
    const { path: storage } = await SmallDisk.mount(DISK_BYTES, cleanups)
    const cache = cleanups.use(
      await startEntrepot({
        upstreams: { 'docker.io': hub.url, [REPLAYED]: { url: upstream.url, tagTtl: '5s' } },
        // The jobs come to the first, the replayed pulls to the second.
        listen: [`${engine.hostAddress}:0`, '127.0.0.1:0'],
        settings: { storage: { path: storage, maxSize: `${BUDGET_BYTES / MIB}MiB`, minFree: '8MiB' } },
        storage,
        isShared: true,
      }),
    )
    const runner = cleanups.use(await startRunnerProgram({ engine, cache }))
    const { pid: serverPid } = cache
    const { pid: runnerPid } = runner
    if (serverPid === undefined || runnerPid === undefined)
      throw new Error('the server or the runner did not start')
    const replayUrl = `http://${cache.addresses[1]}`
    const processes = { serverPid, runnerPid, serverUrl: replayUrl, storage }
    return new Soaked({ replay, replayUrl }, runner, processes, cleanups)
  })
}

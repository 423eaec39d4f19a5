import { join } from 'node:path'
import { startGitServer } from '../../test/support/git/git-server.ts'
import { Repository } from '../../test/support/git/repository.ts'
import { type Cleanups, startWith } from '../../test/support/real/cleanups.ts'
import { startDockerRegistry } from '../../test/support/real/docker-registry.ts'
import { type Engine, startEngine } from '../../test/support/real/engine.ts'
import { type EntrepotProcess, startEntrepot } from '../../test/support/real/entrepot-process.ts'
import { type RunnerProgram, startRunnerProgram } from '../../test/support/real/runner-program.ts'
import { scratchDir } from '../../test/support/real/scratch-dir.ts'
import { probedEnv } from './collected-heap.ts'
import { type JobsSample, type ProbedProcess, takeJobsSample } from './jobs-sample.ts'
import { countLeft, type Left } from './left.ts'

/** Backwards, or it would be hidden in the log. */
const TELL_CREDENTIAL = 'echo "it is $(printf %s "$CI_DEPENDENCY_PROXY_PASSWORD" | rev)."'
const TOLD = /it is (\w+)\./
const THROUGH_CACHE = /\(cache [\w, ]+ upstream requests?\)/

export interface JobsRound {
  readonly failed: number
  /** Whose image did not come through the cache. */
  readonly pastCache: number
}

/** A server that hands out short jobs with sources and artifacts, a runner of it with an engine, and the cache. */
export class SoakedJobs implements AsyncDisposable {
  readonly #engine: Engine
  readonly #cache: EntrepotProcess
  readonly #runner: RunnerProgram
  readonly #processes: readonly [runner: ProbedProcess, server: ProbedProcess]
  readonly #payload: Readonly<Record<string, unknown>>
  readonly #cleanups: Cleanups
  readonly #credentials: string[] = []

  constructor(
    parts: { readonly engine: Engine; readonly cache: EntrepotProcess; readonly runner: RunnerProgram },
    processes: readonly [runner: ProbedProcess, server: ProbedProcess],
    payload: Readonly<Record<string, unknown>>,
    cleanups: Cleanups,
  ) {
    this.#engine = parts.engine
    this.#cache = parts.cache
    this.#runner = parts.runner
    this.#processes = processes
    this.#payload = payload
    this.#cleanups = cleanups
  }

  /** So many jobs, as fast as the slots let them. */
  async round(jobs: number): Promise<JobsRound> {
    const ended = await this.#runner.run(...Array.from({ length: jobs }, () => this.#payload))
    for (const { log } of ended) this.#credentials.push(TOLD.exec(log)?.[1] ?? '')
    return {
      failed: ended.filter(({ status, artifacts }) => status !== 'success' || artifacts.length !== 1).length,
      pastCache: ended.filter(({ log }) => !THROUGH_CACHE.test(log)).length,
    }
  }

  sample(): Promise<JobsSample> {
    return takeJobsSample(...this.#processes)
  }

  /** Ends the runner as SIGQUIT does. Resolves with what is left of all jobs, and the code it ended with. */
  async end(): Promise<Left & { readonly exitCode: number | null }> {
    const { code: exitCode } = await this.#runner.stop('SIGQUIT')
    const secrets = this.#credentials.map((backwards) => [...backwards].reverse().join(''))
    const place = { engine: this.#engine, cache: this.#cache, runner: this.#runner }
    return { ...(await countLeft(place, secrets)), exitCode }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }
}

/** Needs root, git, and the components of an engine. */
export function startSoakedJobs(slots: number): Promise<SoakedJobs> {
  return startWith(async (cleanups) => {
    const dir = await scratchDir('soak', cleanups)
    const hub = cleanups.use(await startDockerRegistry({ images: ['busybox', 'git'] }))
    const engine = cleanups.use(await startEngine())
    const root = join(dir, 'git')
    const token = 's3cret-of-the-repository'
    const git = cleanups.use(await startGitServer({ root, host: engine.hostAddress, token }))
    const shop = await Repository.create(join(root, 'acme/shop.git'), join(dir, 'work'))
    const sha = await shop.commit({ 'README.md': 'from the repository\n' })
    const [runnerFile, serverFile] = [join(dir, 'runner.json'), join(dir, 'server.json')]
    const cache = cleanups.use(
      await startEntrepot({
        upstreams: { 'docker.io': { url: hub.url, tagTtl: '1h' } },
        listen: [`${engine.hostAddress}:0`],
        env: probedEnv(serverFile),
        isShared: true,
      }),
    )
    const runner = cleanups.use(
      await startRunnerProgram({
        ...{ engine, cache, concurrent: slots, helperImage: 'alpine/git:latest' },
        toml: { runner: 'request_concurrency = 2' },
        env: probedEnv(runnerFile),
      }),
    )
    const { pid: serverPid } = cache
    const { pid: runnerPid } = runner
    if (serverPid === undefined || runnerPid === undefined)
      throw new Error('the server or the runner did not start')
    const processes = [
      { pid: runnerPid, heapFile: runnerFile },
      { pid: serverPid, heapFile: serverFile },
    ] as const
    const payload = jobOf(git.repoUrl('acme/shop.git'), sha)
    return new SoakedJobs({ engine, cache, runner }, processes, payload, cleanups)
  })
}

function jobOf(repoUrl: string, sha: string): Readonly<Record<string, unknown>> {
  return {
    job_info: {
      name: 'short',
      stage: 'test',
      project_id: 7,
      project_name: 'shop',
      project_full_path: 'acme/shop',
    },
    git_info: {
      ...{ repo_url: repoUrl, ref: 'main', ref_type: 'branch', sha, before_sha: '', depth: 20 },
      refspecs: ['+refs/heads/main:refs/remotes/origin/main'],
    },
    runner_info: { timeout: 120 },
    steps: [{ name: 'script', script: ['cat README.md', 'echo made > made.txt', TELL_CREDENTIAL] }],
    artifacts: [
      { paths: ['made.txt'], when: 'on_success', artifact_type: 'archive', artifact_format: 'zip' },
    ],
  }
}

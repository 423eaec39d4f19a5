import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Coordinator } from '../support/coordinator/coordinator.ts'
import { expectWholeLog } from '../support/coordinator/expect-whole-log.ts'
import type { JobRecord } from '../support/coordinator/job-record.ts'
import { leftOnEngine } from '../support/executor/left-on-engine.ts'
import { type GitServer, startGitServer } from '../support/git/git-server.ts'
import { Repository } from '../support/git/repository.ts'
import { buildDist } from '../support/real/build-dist.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { Daemon } from '../support/real/daemon.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import { Gate } from '../support/real/gate.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { LimitedRegistry } from '../support/real/limited-registry.ts'
import { runCommand } from '../support/real/run-command.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'
import { readScrape } from '../support/scrape.ts'
import { type TestCertificate, testCertificate } from '../support/tls/certificate.ts'

const GIT_TOKEN = 's3cret-of-the-repository'
const STOP_TIMEOUT_MS = 60_000
const sum = (values: readonly unknown[]) => values.reduce((total: number, value) => total + Number(value), 0)

/** What twelve short jobs may add to the memory of the runner. */
const GROWTH_BYTES = 50 * 1024 ** 2

describeWith([...ENGINE, 'docker-registry', 'git', ...IMAGES], 'entrepot runner run', () => {
  const cleanups = new Cleanups()
  let engine: Engine
  let hub: DockerRegistry
  let limited: LimitedRegistry
  let git: GitServer
  let sha: string
  let dir: string
  let program: string

  beforeAll(async () => {
    program = await buildDist()
    dir = await scratchDir('runner', cleanups)
    hub = cleanups.use(await startDockerRegistry({ images: ['busybox', 'redis', 'git'] }))
    limited = cleanups.use(await LimitedRegistry.start(hub.url))
    engine = cleanups.use(await startEngine())
    const root = join(dir, 'git')
    git = cleanups.use(await startGitServer({ root, host: engine.hostAddress, token: GIT_TOKEN }))
    const shop = await Repository.create(join(root, 'acme/shop.git'), join(dir, 'work'))
    sha = await shop.commit({ 'README.md': 'from the repository\n' })
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(async () => {
    await cleanups[Symbol.asyncDispose]()
  })

  const serve = (name: string, tagTtl = '1h'): Promise<EntrepotProcess> =>
    startEntrepot({
      upstreams: { 'docker.io': { url: limited.url, tagTtl } },
      listen: [`${engine.hostAddress}:0`],
      storage: join(dir, name),
      isShared: true,
    })

  /** A server with a runner of it, and the program that runs that one's jobs. */
  async function start(cache: EntrepotProcess, concurrent = 3, tls?: TestCertificate) {
    const server = await Coordinator.start(tls && { tls })
    server.trace = { ...server.trace, intervalSeconds: 0.2 }
    const home = await scratchDir('runner-home', cleanups)
    const config = join(home, 'config.toml')
    const template = join(home, 'template.toml')
    const global = `concurrent = ${concurrent}\ncheck_interval = 1\nshutdown_timeout = 20\n`
    await writeFile(config, `listen_address = "127.0.0.1:0"\n${global}`)
    await writeFile(
      template,
      `[[runners]]
  request_concurrency = 2
  [runners.docker]
    wait_for_services_timeout = 30
  [runners.entrepot]
    engine_address = "${cache.address}"
    job_address = "${cache.address}"
`,
    )
    const told = ['--url', server.url, '--token', server.runners.create(), '--config', config]
    const docker = ['--docker-host', engine.endpoint, '--docker-image', 'busybox:1.35']
    const helper = ['--docker-helper-image', 'alpine/git:latest', '--docker-pull-policy', 'always']
    const executor = ['--executor', 'docker', '--template-config', template, ...docker, ...helper]
    const caFile = join(home, 'ca.pem')
    if (tls !== undefined) await writeFile(caFile, tls.cert)
    const trust = tls === undefined ? [] : ['--tls-ca-file', caFile]
    await runCommand(process.execPath, [program, 'runner', 'register', '-n', ...told, ...executor, ...trust])
    await mkdir(join(home, 'caches'))
    const env = { HOME: home, XDG_CACHE_HOME: join(home, 'caches'), NO_PROXY: '*' }
    const args = [program, 'runner', 'run', '--config', config, '--storage', cache.storage]
    const logged = [...args, '--log-format', 'json']
    const runner = new Daemon({ file: process.execPath, args: logged, cwd: home, env })
    return {
      server,
      home,
      residentBytes: async () => {
        const status = await readFile(`/proc/${runner.pid}/status`, 'utf8')
        return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024
      },
      kill: (signal: NodeJS.Signals) => runner.stop(signal, STOP_TIMEOUT_MS),
      scrape: async () => {
        const line = await runner.waitForLine(
          (line) => line.includes('"runner.metrics_listening"'),
          STOP_TIMEOUT_MS,
        )
        return readScrape(await (await fetch(`${JSON.parse(line).address}/metrics`)).text())
      },
      isOver: (...jobs: JobRecord[]) => server.until(() => jobs.every((job) => job.isOver)),
      ended: () => runner.lines.flatMap((line) => (line.includes('"job.ended"') ? [JSON.parse(line)] : [])),
      [Symbol.asyncDispose]: async () => {
        await runner.stop('SIGTERM', STOP_TIMEOUT_MS)
        await server[Symbol.asyncDispose]()
      },
    }
  }

  const jobOf = (name: string, lines: readonly string[], special: object = {}) => ({
    payload: {
      job_info: { name, stage: 'test', project_id: 7, project_name: 'shop', project_full_path: 'acme/shop' },
      git_info: {
        repo_url: git.repoUrl('acme/shop.git'),
        ref: 'main',
        ref_type: 'branch',
        sha,
        before_sha: '',
        refspecs: ['+refs/heads/main:refs/remotes/origin/main'],
        depth: 20,
      },
      runner_info: { timeout: 300 },
      steps: [{ name: 'script', script: lines }],
      ...special,
    },
  })

  const left = () => leftOnEngine(engine)

  test('takes three jobs at a time, with sources, a service, artifacts and a cache, each with a credential of its own', async () => {
    await using cache = await serve('closing')
    await using run = await start(cache)
    await using gate = await Gate.open(engine.hostAddress, 3)
    const { server } = run
    // Backwards, or it would be hidden in the log.
    const credential = 'echo "it is $(printf %s "$CI_DEPENDENCY_PROXY_PASSWORD" | rev)."'
    const through = `nc ${engine.hostAddress} ${gate.port}`
    const vendor = (policy: 'push' | 'pull') => [{ key: 'vendor', paths: ['vendor'], policy, when: 'always' }]
    const build = server.addJob(
      jobOf('build', ['cat README.md', 'echo "ma""de" > made.txt', through, credential], {
        artifacts: [
          { paths: ['made.txt'], when: 'on_success', artifact_type: 'archive', artifact_format: 'zip' },
        ],
      }),
    )
    const abreast = [
      build,
      server.addJob(
        jobOf(
          'query',
          [`cat < /dev/tcp/${engine.hostAddress}/${gate.port}`, 'redis-cli -h redis ping', credential],
          { image: { name: 'redis:7' }, services: [{ name: 'redis:7' }] },
        ),
      ),
      server.addJob(
        jobOf('prepare', [through, 'mkdir vendor', 'echo "ke""pt" > vendor/kept.txt', credential], {
          cache: vendor('push'),
        }),
      ),
    ]
    await run.isOver(...abreast)
    const [archive] = build.artifacts
    const file = { filename: archive?.filename ?? '', size: archive?.bytes.length ?? 0 }
    const dependency = { id: build.id, token: build.token, name: 'build', artifacts_file: file }
    const last = server.addJob(
      jobOf('join', ['cat made.txt vendor/kept.txt README.md', credential], {
        dependencies: [dependency],
        cache: vendor('pull'),
      }),
    )
    await run.isOver(last)
    const jobs = [...abreast, last]
    for (const job of jobs) {
      expect(job.log).toContain('Job succeeded')
      expect(job.status).toBe('success')
      expect(job.log).not.toContain(GIT_TOKEN)
      expectWholeLog(server, job)
    }
    for (const job of abreast) expect(job.log).toContain('through\n')
    expect(jobs[1]?.log).toContain('PONG')
    expect(last.log).toMatch(/ made\n.* kept\n.* from the repository\n/)
    const passwords = jobs.map(({ log }) => /it is (\w+)\./.exec(log)?.[1])
    const secrets = passwords.map((backwards = '') => [...backwards].reverse().join(''))
    expect(secrets).toEqual(secrets.map(() => expect.stringMatching(/^epj_/)))
    expect(new Set(secrets).size).toBe(4)
    await expect.poll(() => run.ended().length).toBe(4)
    const { text, value } = await run.scrape()
    const series = [...text.matchAll(/^(\w+)\{(.*)\} (\d+)$/gm)]
    const counted = (metric: string, label: RegExp) =>
      sum(
        series.flatMap(([, name, labels = '', count]) =>
          name === metric && label.test(labels) ? count : [],
        ),
      )
    expect(value('entrepot_jobs_max')).toBe(3)
    expect(counted('entrepot_jobs_ended_total', /result="success"/)).toBe(4)
    expect(counted('entrepot_jobs_ended_total', /result=/)).toBe(4)
    expect(counted('entrepot_job_phase_duration_seconds_count', /phase="prepare"/)).toBe(4)
    // Everything came through the cache, as the jobs' own lines say.
    const told = run.ended().flatMap(({ images }) => Object.values(images))
    expect(counted('entrepot_job_images_total', /source="(hit|miss|revalidated)"/)).toBe(sum(told))
    expect(counted('entrepot_job_images_total', /source=/)).toBe(sum(told))
    for (const { images } of run.ended()) {
      const sources = Object.keys(images)
      expect(sources).not.toEqual([])
      expect(sources.filter((source) => !['hit', 'miss', 'revalidated'].includes(source))).toEqual([])
    }
    expect(await run.kill('SIGQUIT')).toMatchObject({ code: 0 })
    expect(await left()).toBe('')
    for (const secret of secrets) {
      const authorization = `Basic ${Buffer.from(`job:${secret}`).toString('base64')}`
      expect((await fetch(`${cache.url}/v2/`, { headers: { authorization } })).status).toBe(401)
    }
  }, 300_000)

  test('ten jobs succeed from a warm cache while the registry refuses everything', async () => {
    await engine.removeAllImages()
    {
      await using cache = await serve('storm')
      await using run = await start(cache)
      const warm = run.server.addJob(jobOf('warm', ['true']))
      await run.isOver(warm)
      expect(warm.status).toBe('success')
      await run.kill('SIGQUIT')
      await cache.stop()
    }
    limited.isLimited = true
    try {
      await engine.removeAllImages()
      await using cache = await serve('storm', '0s')
      await using run = await start(cache, 4)
      const jobs = Array.from({ length: 10 }, (_, index) =>
        run.server.addJob(jobOf(`storm ${index}`, ['cat README.md'])),
      )
      await run.isOver(...jobs)
      for (const job of jobs) expect(job.log).toContain('Job succeeded')
      await run.kill('SIGQUIT')
      expect(await left()).toBe('')
    } finally {
      limited.isLimited = false
    }
  }, 300_000)

  test('a server with a certificate of its own is trusted by tls-ca-file', async () => {
    await using cache = await serve('private')
    await using run = await start(cache, 1, testCertificate())
    expect(run.server.url).toMatch(/^https:/)
    const job = run.server.addJob(jobOf('private', ['cat README.md']))
    await run.isOver(job)
    expect(job.log).toContain('from the repository')
    expect(job.status).toBe('success')
  }, 300_000)

  test('twenty short jobs over four slots leave nothing, and memory is flat', async () => {
    await using cache = await serve('soak')
    await using run = await start(cache, 4)
    const soak = (count: number) =>
      Array.from({ length: count }, (_, index) => run.server.addJob(jobOf(`short ${index}`, ['true'])))
    const first = soak(8)
    await run.isOver(...first)
    const warmBytes = await run.residentBytes()
    const then = soak(12)
    await run.isOver(...then)
    for (const job of [...first, ...then]) expect(job.status).toBe('success')
    expect((await run.residentBytes()) - warmBytes).toBeLessThan(GROWTH_BYTES)
    expect(await run.kill('SIGQUIT')).toMatchObject({ code: 0 })
    expect(await left()).toBe('')
  }, 300_000)
})

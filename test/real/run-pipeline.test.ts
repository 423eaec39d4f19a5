import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { JobFinished, RunEvent } from '../../src/pipeline/run/pipeline-events.ts'
import { buildDist } from '../support/real/build-dist.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { LimitedRegistry } from '../support/real/limited-registry.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

/** What GitLab's documentation shows first, in one file. */
const PIPELINE = `
default:
  image: busybox:1.35
  before_script:
    - echo "before $CI_JOB_NAME"
stages: [build, test]
variables:
  POSTGRES_PASSWORD: between-us-two
  PGPASSWORD: $POSTGRES_PASSWORD
compile:
  stage: build
  script:
    - mkdir -p out .cache
    - if [ -f .cache/seen ]; then echo "from the cache"; else echo "nothing cached"; fi
    - touch .cache/seen
    - cat src/app.txt new.txt > out/app
    - echo "VERSION=1.$CI_COMMIT_SHORT_SHA" > build.env
  cache:
    key: deps
    paths: [.cache/]
  artifacts:
    paths: [out/]
    reports:
      dotenv: build.env
query:
  stage: test
  image:
    name: postgres:15
    entrypoint: [""]
  services: [postgres:15]
  script:
    - psql -h postgres -U postgres -Atc "select 6 * 7"
    - cat out/app
    - echo "$TARGET is $VERSION"
  parallel:
    matrix:
      - TARGET: [one, two]
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
release:
  stage: test
  script: exit 1
  rules:
    - if: $CI_COMMIT_TAG
`

/** What is told of a job beside its log. */
const REPORTED = `
unit:
  image: busybox:1.35
  script:
    - cat "$SETTINGS"
    - echo "Lines 81.5% covered"
    - echo '<testsuite><testcase/><testcase><failure/></testcase></testsuite>' > unit.xml
  coverage: '/Lines (\\d+\\.\\d+)%/'
  artifacts: {reports: {junit: unit.xml}}
`

interface Ended {
  readonly code: number | null
  readonly events: readonly RunEvent[]
  readonly err: string
}

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'entrepot run of a project', () => {
  const cleanups = new Cleanups()
  let engine: Engine
  let hub: LimitedRegistry
  let dir: string
  let project: string
  let program: string

  beforeAll(async () => {
    program = await buildDist()
    dir = await scratchDir('pipeline', cleanups)
    engine = cleanups.use(await startEngine())
    const registry = cleanups.use(await startDockerRegistry({ images: ['busybox', 'postgres'] }))
    hub = cleanups.use(await LimitedRegistry.start(registry.url, engine.hostAddress))
    project = join(dir, 'shop')
    await mkdir(join(project, 'src'), { recursive: true })
    await writeFile(join(project, '.gitlab-ci.yml'), PIPELINE)
    await mkdir(join(project, 'ci'))
    await writeFile(join(project, 'ci/unit.yml'), REPORTED)
    await writeFile(join(project, '.gitignore'), '*.log\n')
    await writeFile(join(project, 'src/app.txt'), 'the app\n')
    git('init', '--quiet', '--initial-branch=main')
    git('add', '--all')
    git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '--quiet', '--message=First')
    await writeFile(join(project, 'new.txt'), 'not committed\n')
    await writeFile(join(project, 'noise.log'), 'ignored\n')
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(async () => {
    await cleanups[Symbol.asyncDispose]()
  })

  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: project, env: { PATH: process.env.PATH, HOME: dir }, encoding: 'utf8' })

  const writeSettings = async (tagTtl: string): Promise<void> => {
    const settings = join(dir, 'entrepot.yaml')
    await writeFile(
      settings,
      stringify({ upstreams: { 'docker.io': { url: hub.url, tagTtl, allowNetworks: ['172.28.0.0/16'] } } }),
    )
  }

  /** On the machine of the engine: nothing is said of addresses, and nothing runs there yet. */
  const run = async (tagTtl: string, ...args: readonly string[]): Promise<Ended> => {
    await writeSettings(tagTtl)
    const { code, out, err } = await start([
      process.execPath,
      program,
      'run',
      '--json',
      ...engineFlags(),
      ...args,
    ])
    const events = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent]))
    return { code, events, err }
  }

  const engineFlags = () => ['--settings', join(dir, 'entrepot.yaml'), '--docker-host', engine.endpoint]

  const start = async (command: readonly string[]) => {
    const env = { PATH: process.env.PATH, HOME: dir, XDG_CACHE_HOME: join(dir, 'caches') }
    const there = ['netns', 'exec', engine.network.namespace]
    const child = spawn('ip', [...there, ...command], { cwd: join(project, 'src'), env })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
    })
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, out, err }
  }

  /** Every file of the work tree with its content, mode, owner and time, but for the state of runs. */
  const fingerprint = async (folder = project): Promise<string> => {
    const hash = createHash('sha256')
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name)
      if (path === join(project, '.entrepot')) continue
      const { mode, uid, gid, mtimeMs } = await lstat(path)
      hash.update(JSON.stringify([name, mode, uid, gid, mtimeMs]))
      hash.update((mode & 0o170000) === 0o040000 ? await fingerprint(path) : await readFile(path))
    }
    return hash.digest('hex')
  }

  const stopServer = async (): Promise<void> => {
    const { pid } = JSON.parse(await readFile(join(dir, 'caches/entrepot/server.json'), 'utf8'))
    process.kill(pid, 'SIGTERM')
    await expect.poll(() => isAlive(pid), { timeout: 40_000 }).toBe(false)
  }

  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }

  const outcomes = ({ events }: Ended) =>
    events
      .filter((event): event is JobFinished => event.event === 'job.finished')
      .map(({ job, status, exitCode }) => [job, status, exitCode])

  const logOf = ({ events }: Ended, job: string): string =>
    events.flatMap((event) => (event.event === 'job.log' && event.job === job ? event.text : [])).join('\n')

  const SUCCESS = [
    ['compile', 'success', 0],
    ['query: [one]', 'success', 0],
    ['query: [two]', 'success', 0],
  ]

  test('succeeds with nothing set up; again without a request upstream; and with the upstream gone', async () => {
    // It writes the index, so it comes before.
    const status = git('status', '--porcelain')
    const before = await fingerprint()

    const first = await run('1h')
    expect([first.code, first.err]).toEqual([0, expect.stringContaining('started a cache')])
    expect(outcomes(first).toSorted()).toEqual(SUCCESS)
    expect(logOf(first, 'compile')).toContain('nothing cached')
    const sha = git('rev-parse', '--short=8', 'HEAD').trim()
    for (const target of ['one', 'two']) {
      const log = logOf(first, `query: [${target}]`)
      expect(log).toContain(`before query: [${target}]`)
      expect(log).toContain('the app\nnot committed')
      expect(log).toContain(`${target} is 1.${sha}`)
      expect(log).toMatch(/^42$/m)
    }
    expect(first.events.at(-1)).toMatchObject({ event: 'pipeline.finished', status: 'success', cacheHits: 0 })

    await engine.removeAllImages()
    hub.requests = 0
    const second = await run('1h')
    expect([second.code, second.err]).toEqual([0, ''])
    expect(hub.requests).toBe(0)
    expect(logOf(second, 'compile')).toContain('from the cache')
    const cached = { status: 'success', cacheHits: 2, upstreamRequests: 0, bytesSaved: expect.any(Number) }
    expect(second.events.at(-1)).toMatchObject(cached)
    expect(second.events.at(-1)).not.toMatchObject({ bytesSaved: 0 })

    await stopServer()
    await engine.removeAllImages()
    hub.isLimited = true
    const third = await run('0s')
    hub.isLimited = false
    expect(third.code).toBe(0)
    expect(outcomes(third).toSorted()).toEqual(SUCCESS)

    expect(await fingerprint()).toBe(before)
    expect(git('status', '--porcelain')).toBe(status)
    const artifacts = await readdir(join(project, '.entrepot/pipelines/1'), { recursive: true })
    expect(artifacts).toEqual(
      expect.arrayContaining([expect.stringMatching(/^compile-\d+\/archive\/artifacts\.zip$/)]),
    )
  }, 300_000)

  test('tells a person at a terminal of tests and coverage, and gives jobs files', async () => {
    await writeSettings('1h')
    const run = [process.execPath, program, 'run', ...engineFlags(), '--file', 'ci/unit.yml']
    const command = [...run, '--file-variable', 'SETTINGS=app.txt'].map((word) => `'${word}'`).join(' ')
    const { code, out } = await start(['script', '--quiet', '--return', '--command', command, '/dev/null'])
    expect(code).toBe(0)
    const shown = stripVTControlCharacters(out)
    expect(shown).toContain('unit | the app')
    expect(shown).toMatch(/ COVERAGE +TESTS\s*\r?\n/)
    expect(shown).toMatch(/ unit .* 81\.5 % +2, 1 failed\s*\r?\n/)
  }, 120_000)

  test('says with its exit code how it went', async () => {
    const failed = await run('1h', 'release')
    expect(failed.code).toBe(1)
    expect(outcomes(failed)).toEqual([['release', 'failed', 1]])
    expect(failed.err).toContain('release is run because it was named')
    const unknown = await run('1h', 'compil')
    expect([unknown.code, unknown.events]).toEqual([2, []])
    expect(unknown.err).toContain('did you mean compile?')
    const nowhere = await run('1h', '--docker-host', 'unix:///nowhere/docker.sock')
    expect(nowhere.code).toBe(3)
    const empty = await run('1h', '--tag', 'v1', '--file', '.gitlab-ci.yml', 'compile')
    expect(empty.code).toBe(0)
  }, 120_000)
})

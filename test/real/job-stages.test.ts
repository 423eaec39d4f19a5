import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { Job } from '../../src/executor/job/job.ts'
import { JobVariables } from '../../src/executor/job/job-variables.ts'
import type { JobStage } from '../../src/executor/run/job-run.ts'
import { frame } from '../../src/executor/script/frame.ts'
import { LocalCacheStore } from '../../src/executor/stages/caches/local-cache-store.ts'
import { jobStages } from '../../src/executor/stages/job-stages.ts'
import { aJob, anImage } from '../support/executor/a-job.ts'
import { type DockerStage, dockerStage } from '../support/executor/docker-stage.ts'
import { type EngineWithImages, startEngineWithImages } from '../support/executor/engine-with-images.ts'
import { MemoryArtifacts } from '../support/executor/memory-artifacts.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'

const USER = '1000:1000'
const LARGE_BYTES = 300_000_000
/** What an artifact of that size may add to this process. */
const MEMORY_BYTES = 120_000_000

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'stages of jobs on a Docker Engine', () => {
  let engine: EngineWithImages
  let stage: DockerStage
  let directory: TempDir
  const artifacts = new MemoryArtifacts()
  let lastId = 500

  beforeAll(async () => {
    engine = await startEngineWithImages(['busybox'])
    stage = await dockerStage(engine.engine)
    directory = await makeTempDir()
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(async () => {
    await directory?.[Symbol.asyncDispose]()
    await engine?.[Symbol.asyncDispose]()
  })

  /** Runs a script between the stages of its job, in a new environment. */
  const run = async (script: string, special: Partial<Job>, store = artifacts) => {
    const job = aJob('busybox:1.35', {
      id: ++lastId,
      allowGitFetch: false,
      image: anImage('busybox:1.35', { user: USER }),
      ...special,
    })
    await using opened = stage.open(job)
    const prepared = await opened.prepare()
    const place = { environment: opened.environment, prepared, variables: new JobVariables(job.variables) }
    const stages = jobStages(job, {
      sources: { name: 'get_sources', title: 'Getting sources', run: async () => {} },
      caches: new LocalCacheStore({
        directory: `${directory.path}/caches`,
        maxBytes: 1e9,
        clock: systemClock,
      }),
      cacheProject: 'acme/shop',
      artifacts: store,
      trace: opened.trace,
      temporaryDirectory: `${directory.path}/tmp`,
    })
    const signal = AbortSignal.timeout(120_000)
    const runAll = async (all: readonly JobStage[]) => {
      for (const each of all) await each.run(place, signal)
    }
    await runAll(stages.beforeSteps)
    const body = frame(`cd ${prepared.projectDirectory}\n${script}`)
    const { exitCode } = await opened.environment.run(
      { name: 'step_script', container: 'build', script: body },
      signal,
    )
    await runAll(stages.afterSteps(exitCode === 0 ? 'success' : 'failed'))
    return { id: job.id, exitCode, output: opened.trace.output, lines: opened.trace.lines.split('\n') }
  }

  const artifact = {
    name: undefined,
    exclude: [],
    isUntracked: false,
    when: 'on_success',
    expireIn: undefined,
    type: 'archive',
    format: 'zip',
  } as const
  const dependencyOn = (id: number) => ({
    id,
    token: 'a-token',
    name: 'build',
    artifacts: { filename: 'artifacts.zip', sizeBytes: 1 },
  })

  test("artifacts of one job are the next one's own, whoever it runs as, with their permissions", async () => {
    const built = await run(
      'mkdir -p out/deep; echo echo ran > out/deep/app; chmod 750 out/deep/app; ln -s deep/app out/link',
      {
        artifacts: [{ ...artifact, paths: ['out/**/app', 'out/link'] }],
        image: anImage('busybox:1.35'),
      },
    )
    expect(built.lines).toContain('out/**/app: found 1 matching artifact files and directories')
    const used = await run(
      'for path in out out/deep out/deep/app; do test -O $path || echo "$path is not mine"; done; ./out/link; stat -c %a out/deep/app; echo x > out/deep/x',
      { dependencies: [dependencyOn(built.id)] },
    )
    expect(used).toMatchObject({ exitCode: 0, output: 'ran\n750\n' })
  }, 120_000)

  test('caches last from one run to the next, and are not packed again', async () => {
    const cache = {
      key: 'deps',
      fallbackKeys: [],
      paths: ['vendor/a/deps'],
      isUntracked: false,
      policy: 'pull-push',
      when: 'on_success',
    } as const
    const first = await run('mkdir -p vendor/a/deps; echo 1 > vendor/a/deps/one', { caches: [cache] })
    expect(first.lines).toContain('Created cache')
    const second = await run('test -O vendor/a; cat vendor/a/deps/one', { caches: [cache] })
    expect(second).toMatchObject({ exitCode: 0, output: '1\n' })
    expect(second.lines).toEqual(
      expect.arrayContaining(['Successfully extracted cache', 'Archive is up to date!']),
    )
  }, 120_000)

  test('memory does not grow with an artifact', async () => {
    const counting = new CountingArtifacts()
    const before = process.memoryUsage().rss
    const { exitCode } = await run(
      `head -c ${LARGE_BYTES} /dev/urandom > large`,
      { artifacts: [{ ...artifact, paths: ['large'] }], variables: [] },
      counting,
    )
    expect(exitCode).toBe(0)
    expect(counting.bytes).toBeGreaterThan(LARGE_BYTES)
    expect(counting.peakRss - before).toBeLessThan(MEMORY_BYTES)
  }, 180_000)
})

/** Reads what it is given, and looks at memory meanwhile. */
class CountingArtifacts extends MemoryArtifacts {
  bytes = 0
  peakRss = 0

  override async put(_: Job, { open }: Parameters<MemoryArtifacts['put']>[1]): Promise<string> {
    for await (const chunk of open()) {
      this.bytes += (chunk as Buffer).length
      this.peakRss = Math.max(this.peakRss, process.memoryUsage().rss)
    }
    return '201 Created'
  }
}

import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.ts'
import { type CacheKey, cacheVolumeName } from '../../src/executor/docker/names.ts'
import { aJob } from '../support/executor/a-job.ts'
import { type DockerStage, dockerStage } from '../support/executor/docker-stage.ts'
import { type EngineWithImages, startEngineWithImages } from '../support/executor/engine-with-images.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

const IMAGE = 'busybox:1.35'
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const RUNNER: Omit<CacheKey, 'projectId'> = { shortToken: 'a1b2c3', systemId: 's_0123456789ab', slot: 0 }

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'cache volumes on an engine', () => {
  const cleanups = new Cleanups()
  let engine: EngineWithImages
  let volumeUses: string
  let aheadMs: number
  const clock: Clock = { ...systemClock, now: () => Date.now() + aheadMs }

  beforeAll(async () => {
    engine = cleanups.use(await startEngineWithImages(['busybox']))
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(() => cleanups[Symbol.asyncDispose]())

  beforeEach(async () => {
    aheadMs = 0
    volumeUses = await scratchDir('volume-uses', cleanups)
  })

  /** An executor as another process would have it: it knows what is in the files. */
  const executorWith = async (toml: string): Promise<DockerStage> => {
    const stage = await dockerStage(engine.engine, { toml, clock, volumeUses })
    onTestFinished(() => stage.executor.close())
    return stage
  }

  /** What the start of a process does, to its end. */
  const startWith = async (toml: string): Promise<DockerStage> => {
    const stage = await executorWith(toml)
    await stage.executor.sweep()
    await stage.executor.close()
    return stage
  }

  const runJob = async (stage: DockerStage, projectId: number, script: string): Promise<string> => {
    const job = aJob(IMAGE, { id: projectId })
    await using opened = stage.open({ ...job, info: { ...job.info, projectId } })
    await opened.prepare()
    expect(await opened.run(script)).toMatchObject({ exitCode: 0 })
    return opened.trace.output
  }

  const cacheOf = (projectId: number) => cacheVolumeName({ ...RUNNER, projectId }, '/cache', false)
  const fill = (mebibytes: number) => `head -c ${mebibytes * 1024 * 1024} /dev/zero > /cache/kept`

  /** Projects whose cache is on the engine. */
  const projectsLeft = async (among: readonly number[]): Promise<readonly number[]> => {
    const names = (await engine.docker('volume', 'ls', '--quiet')).split('\n')
    return among.filter((projectId) => names.includes(cacheOf(projectId)))
  }

  test('the least recently used go when they take more than cache_max_size, never one of a container', async () => {
    const first = await executorWith('cache_max_size = "25m"')
    const second = await executorWith('cache_max_size = "25m"')
    await runJob(first, 1, fill(10))
    aheadMs += HOUR_MS
    await runJob(second, 2, fill(10))
    await engine.docker('create', '--name', 'keeps-1', '--volume', `${cacheOf(1)}:/cache`, IMAGE)
    onTestFinished(async () => void (await engine.docker('rm', 'keeps-1')))
    aheadMs += HOUR_MS
    await runJob(first, 3, fill(10))
    await expect.poll(() => projectsLeft([1, 2, 3])).toEqual([1, 3])

    aheadMs += HOUR_MS
    expect(await runJob(second, 3, 'du -k /cache/kept | cut -f1')).toContain('10240')
    expect(await projectsLeft([1, 2, 3])).toEqual([1, 3])
    await Promise.all([first, second].map(({ executor }) => executor.close()))
    expect([first.log.lines, second.log.lines].flat().map(({ fields }) => fields.event)).toEqual([
      'cache_volumes.evicted',
    ])
  })

  test('those that nobody used for cache_keep go, by whomever they were used', async () => {
    const keeping = await executorWith('')
    await runJob(keeping, 11, fill(1))
    await runJob(keeping, 12, fill(1))
    aheadMs += 6 * DAY_MS
    await runJob(keeping, 12, 'true')
    aheadMs += 2 * DAY_MS
    const strict = await startWith('cache_keep = "7d"')
    expect(await projectsLeft([11, 12])).toEqual([12])
    expect(strict.log.of('cache_volumes.evicted')).toHaveLength(1)
  })

  test('of which nobody noted a use, count from when they are seen; those of other runners stay', async () => {
    const unnoted = await dockerStage(engine.engine)
    await runJob(unnoted, 21, fill(1))
    const other = await dockerStage(engine.engine, { systemId: 's_ba9876543210' })
    await runJob(other, 22, fill(1))
    const others = cacheVolumeName({ ...RUNNER, systemId: 's_ba9876543210', projectId: 22 }, '/cache', false)
    await engine.docker('volume', 'create', 'of-nobody')

    await startWith('cache_keep = "7d"')
    aheadMs += 6 * DAY_MS
    await startWith('cache_keep = "7d"')
    expect(await projectsLeft([21])).toEqual([21])
    aheadMs += 2 * DAY_MS
    await startWith('cache_keep = "7d"')
    expect(await projectsLeft([21])).toEqual([])
    const left = (await engine.docker('volume', 'ls', '--quiet')).split('\n')
    expect(left).toEqual(expect.arrayContaining([others, 'of-nobody']))
  })
})

import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TraceWriter } from '../../src/executor/executor.ts'
import { frame } from '../../src/executor/script/frame.ts'
import { aJob } from '../support/executor/a-job.ts'
import { type DockerStage, dockerStage } from '../support/executor/docker-stage.ts'
import { type EngineWithImages, startEngineWithImages } from '../support/executor/engine-with-images.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'

const LOG_BYTES = 1024 * 1024 * 1024
/** What the heap of this process may grow by, whatever a job writes. */
const FLAT_BYTES = 64 * 1024 * 1024

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'a job outlived by its executor', () => {
  let engine: EngineWithImages
  let stage: DockerStage

  beforeAll(async () => {
    engine = await startEngineWithImages(['busybox'])
    stage = await dockerStage(engine.engine)
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]()
  })

  test('whose engine is restarted fails as that, and nothing of it is left', async () => {
    const job = stage.open(aJob('busybox:1.35', { id: 51, allowGitFetch: false }))
    await job.prepare()
    const run = job.run('echo begun; sleep 300')
    const told = expect(run).rejects.toMatchObject({ code: 'runner_system_failure' })
    while (!job.trace.output.includes('begun')) await delay(50)
    const restarted = engine.engine.restart()
    await told
    const closed = job.environment.close()
    await restarted
    await closed
    expect(await engine.leftOf(51)).toEqual([])
    expect(stage.log.lines).toEqual([])
  })

  test('that writes a gigabyte leaves no trace of it in memory', async () => {
    let bytes = 0
    const nothing = () => {}
    const trace: TraceWriter = {
      ...{ info: nothing, line: nothing, warn: nothing, error: nothing },
      write: (chunk) => {
        bytes += chunk.length
      },
    }
    const environment = stage.executor.open({ job: aJob('busybox:1.35', { id: 52 }), trace, slot: 0 })
    try {
      const signal = AbortSignal.timeout(110_000)
      await environment.prepare(signal)
      const before = process.memoryUsage().heapUsed
      const script = frame(`head -c ${LOG_BYTES} /dev/zero`)
      const end = await environment.run({ name: 'step_script', container: 'build', script }, signal)
      expect([end.exitCode, bytes]).toEqual([0, LOG_BYTES])
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(FLAT_BYTES)
    } finally {
      await environment.close()
    }
  })
})

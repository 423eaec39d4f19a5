import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { frame } from '../../src/executor/script/frame.ts'
import { JobTrace } from '../../src/executor/trace/job-trace.ts'
import { aJob } from '../support/executor/a-job.ts'
import { CollectedTrace } from '../support/executor/collected-trace.ts'
import { type DockerStage, dockerStage } from '../support/executor/docker-stage.ts'
import { type JobEngine, jobEngines } from '../support/executor/job-engines.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'

const LOG_BYTES = 1024 * 1024 * 1024
/** A part of it is hidden, checked and stamped; of the rest the log says that it is not there. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024
const SAMPLE_BYTES = 1024 * 1024
/** What the memory of this process may grow by, whatever a job writes. */
const FLAT_BYTES = 256 * 1024 * 1024

const engines = await jobEngines()

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'a job outlived by its executor', () => {
  describe.each(engines)('on $name', ({ start }) => {
    let engine: JobEngine
    let stage: DockerStage

    beforeAll(async () => {
      engine = await start(['busybox'])
      stage = await dockerStage(engine)
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
      const restarted = engine.restart()
      await told
      const closed = job.environment.close()
      await restarted
      await closed
      expect(await engine.leftOf(51)).toEqual([])
      expect(stage.log.lines).toEqual([])
    })

    test('that writes a gigabyte does so in flat memory', async () => {
      const log = new JobTrace({
        sink: { write: () => {} },
        ...{ clock: systemClock, hasSections: true, hasTimestamps: true, tokenPrefixes: ['glpat-'] },
        limitBytes: LOG_LIMIT_BYTES,
      })
      log.hide(['a-secret-of-this-job'])
      let [bytes, peak] = [0, 0]
      const job = aJob('busybox:1.35', { id: 52, allowGitFetch: false })
      const trace = new CollectedTrace()
      const environment = stage.executor.open({ job, trace, slot: 0 })
      try {
        const signal = AbortSignal.timeout(110_000)
        await environment.prepare(signal)
        const before = memoryInUse()
        trace.write = (chunk, stream) => {
          const isSampled =
            Math.floor(bytes / SAMPLE_BYTES) < Math.floor((bytes + chunk.length) / SAMPLE_BYTES)
          bytes += chunk.length
          if (isSampled) peak = Math.max(peak, memoryInUse() - before)
          log.write(chunk, stream)
        }
        const script = frame(`head -c ${LOG_BYTES} /dev/zero | tr '\\0' x`)
        const end = await environment.run({ name: 'step_script', container: 'build', script }, signal)
        expect([end.exitCode, bytes]).toEqual([0, LOG_BYTES])
        expect(peak).toBeLessThan(FLAT_BYTES)
      } finally {
        await environment.close()
      }
      expect(await engine.leftOf(52)).toEqual([])
    })
  })
})

/** Of the heap, and of buffers beside it. */
function memoryInUse(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

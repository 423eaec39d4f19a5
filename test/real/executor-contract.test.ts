import { describe } from 'vitest'
import { executorContract } from '../contract/executor.contract.ts'
import { aJob } from '../support/executor/a-job.ts'
import { dockerStage } from '../support/executor/docker-stage.ts'
import { startEngineOf, startEngineWithImages } from '../support/executor/engine-with-images.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { findRoot } from '../support/real/releases.ts'

const newer = await findRoot('of Debian 13')

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'with a Docker Engine', () => {
  for (const image of ['debian:12', 'busybox:1.35']) {
    let jobs = 100
    executorContract(`a Docker Engine with ${image}`, async () => {
      const engine = await startEngineWithImages(['busybox', 'debian'])
      const { executor } = await dockerStage(engine.engine)
      return {
        executor,
        job: () => aJob(image, { id: jobs++, allowGitFetch: false }),
        [Symbol.asyncDispose]: async () => {
          await executor.close()
          await engine[Symbol.asyncDispose]()
        },
      }
    })
  }

  describe.skipIf(newer === undefined)('of Debian 13', () => {
    let jobs = 200
    executorContract('a Docker Engine of Debian 13', async () => {
      const engine = await startEngineOf(newer ?? '', ['busybox'])
      const { executor } = await dockerStage(engine)
      return {
        executor,
        job: () => aJob('busybox:1.35', { id: jobs++, allowGitFetch: false }),
        [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
      }
    })
  })
})

import { describe } from 'vitest'
import { executorContract } from '../contract/executor.contract.ts'
import { aJob, anImage } from '../support/executor/a-job.ts'
import { dockerStage } from '../support/executor/docker-stage.ts'
import { startEngineOf, startEngineWithImages } from '../support/executor/engine-with-images.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { findRoot } from '../support/real/releases.ts'

const newer = await findRoot('of Debian 13')

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'with a Docker Engine', () => {
  const images = [
    anImage('debian:12'),
    anImage('busybox:1.35'),
    anImage('busybox:1.35', { user: '1000:1000' }),
  ]
  for (const image of images) {
    let jobs = 100
    executorContract(`a Docker Engine with ${image.name}, as user ${image.user ?? 'root'},`, async () => {
      const engine = await startEngineWithImages(['busybox', 'debian'])
      const { executor } = await dockerStage(engine.engine)
      return {
        executor,
        job: () => aJob(image.name, { id: jobs++, allowGitFetch: false, image }),
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

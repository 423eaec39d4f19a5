import { executorContract } from '../contract/executor.contract.ts'
import { aJob } from '../support/executor/a-job.ts'
import { dockerStage } from '../support/executor/docker-stage.ts'
import { startEngineWithImages } from '../support/executor/engine-with-images.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'

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
})

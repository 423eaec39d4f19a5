import { readJob } from '../../../src/executor/job/read-job.ts'
import { executorContract } from '../../contract/executor.contract.ts'
import { LocalExecutor } from '../../support/executor/local-executor.ts'

executorContract('shells of this machine', async () => ({
  executor: new LocalExecutor(),
  job: () => readJob({ steps: [{ name: 'script', script: [] }] }),
  [Symbol.asyncDispose]: async () => {},
}))

import { readdir } from 'node:fs/promises'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { type Runner, type RunRunnersOptions, runRunners } from '../../src/runner/run-runners.ts'
import { IDENTITY } from '../support/coordinator/a-runner.ts'
import { Coordinator, type CoordinatorOptions } from '../support/coordinator/coordinator.ts'
import type { JobRecord } from '../support/coordinator/job-record.ts'
import { LocalExecutor } from '../support/executor/local-executor.ts'
import { RecordLog } from '../support/record-log.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const script = (...lines: string[]) => ({ payload: { steps: [{ name: 'script', script: lines }] } })

/** A server, and one runner of it whose jobs run in shells of this machine. */
async function start(special: Partial<RunRunnersOptions> & CoordinatorOptions = {}) {
  const directory = await makeTempDir()
  const server = await Coordinator.start(special)
  server.trace = { ...server.trace, intervalSeconds: 0.02 }
  const log = new RecordLog()
  const drain = new AbortController()
  const abort = new AbortController()
  const runner: Runner = {
    name: 'a runner',
    url: server.url,
    token: server.runners.create(),
    ca: undefined,
    limit: 0,
    requestConcurrency: 1,
    executor: new LocalExecutor(),
    settings: {
      variables: [],
      featureFlags: new Map(),
      preBuildScript: undefined,
      postBuildScript: undefined,
      hostName: 'here',
    },
    stagesOf: () => ({ beforeSteps: [], afterSteps: () => [] }),
    outputLimitBytes: 4 * 1024 * 1024,
  }
  const over = runRunners({
    runners: [runner],
    concurrent: 3,
    checkIntervalMs: 20,
    shutdownTimeoutMs: 30_000,
    identity: IDENTITY,
    traceDirectory: directory.path,
    clock: systemClock,
    log,
    drain: drain.signal,
    abort: abort.signal,
    ...special,
  })
  return {
    server,
    log,
    abort,
    drain,
    over,
    logsLeft: () => readdir(directory.path),
    isOver: (...jobs: JobRecord[]) => server.until(() => jobs.every((job) => job.isOver)),
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      await over
      await server[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

test('three jobs run side by side, and the server has the whole log of each', async () => {
  await using run = await start()
  // Each waits for the two others: none would end if they ran one after the other.
  await using meeting = await makeTempDir()
  const jobs = [1, 2, 3].map((number) =>
    run.server.addJob(
      script(
        `touch ${meeting.path}/${number}`,
        `until [ "$(ls ${meeting.path} | wc -l)" -eq 3 ]; do sleep 0.01; done`,
        `echo "job ${number} is $CI_JOB_STATUS"`,
      ),
    ),
  )
  await run.isOver(...jobs)
  for (const [index, job] of jobs.entries()) {
    expect(job.status).toBe('success')
    expect(job.log).toContain('Running with entrepot 0.0.0-test')
    expect(job.log).toContain('on a runner, system ID: s_0123456789ab')
    expect(job.log).toContain(`job ${index + 1} is running`)
    expect(job.log).toContain('Job succeeded')
  }
  run.drain.abort()
  await run.over
  expect(await run.logsLeft()).toEqual([])
})

test('a job that fails says why, in words that the server knows', async () => {
  await using run = await start()
  const job = run.server.addJob(script('exit 3'))
  await run.isOver(job)
  expect(job).toMatchObject({ status: 'failed', failureReason: 'script_failure', exitCode: 3 })
})

test('what is no job fails, and its log says what is wrong', async () => {
  await using run = await start()
  const job = run.server.addJob({ payload: { steps: [{ name: 'script', script: 'no list' }] } })
  await run.isOver(job)
  expect(job).toMatchObject({ status: 'failed', failureReason: 'runner_system_failure' })
  expect(job.log).toContain('steps[0].script')
})

test('a job that was taken back before it began is left alone', async () => {
  await using run = await start()
  run.server.fault({ at: /^PUT/, answer: { status: 409 }, times: 1 })
  const job = run.server.addJob(script('true'))
  await expect.poll(() => run.log.of('job.dropped').length, { interval: 5 }).toBe(1)
  expect(job).toMatchObject({ status: 'pending', log: '' })
})

test('AlloyCI says little, and its jobs run all the same', async () => {
  await using run = await start({ dialect: 'alloy' })
  const job = run.server.addJob(script('echo from alloy'))
  await run.isOver(job)
  expect(job.status).toBe('success')
  expect(job.log).toContain('from alloy')
})

describe('a job that is cancelled', () => {
  const longJob = {
    payload: {
      steps: [
        { name: 'script', script: ['while :; do echo goes on; sleep 0.05; done'] },
        { name: 'after_script', script: ['echo cleaned up'] },
      ],
    },
  }

  test('still runs its after_script', async () => {
    await using run = await start()
    const job = run.server.addJob(longJob)
    await run.server.until(() => job.log.includes('goes on\n'))
    run.server.cancel(job)
    await run.isOver(job)
    expect(job.status).toBe('canceled')
    expect(job.log).toContain('cleaned up')
  })

  test('and gone from the server ends at once', async () => {
    await using run = await start()
    const noisy = run.server.addJob(script('while :; do echo more; sleep 0.05; done'))
    await run.server.until(() => noisy.log.includes('more\n'))
    run.server.cancel(noisy, 'canceled')
    await expect.poll(() => run.log.of('job.ended').length, { interval: 5, timeout: 8000 }).toBe(1)
    expect(run.log.of('job.ended')[0]?.fields.farewell).toBe('gone')
  })
})

test('a runner that is stopped ends its jobs, and says so', async () => {
  await using run = await start()
  const job = run.server.addJob({
    payload: {
      ...script('echo has begun', 'sleep 600').payload,
      features: { failure_reasons: ['runner_interrupted'] },
    },
  })
  await run.server.until(() => job.log.includes('has begun\n'))
  run.abort.abort()
  await run.over
  expect(job).toMatchObject({ status: 'failed', failureReason: 'runner_interrupted' })
  expect(job.log).toContain('the runner was stopped')
})

test('a job whose log has no place fails at once: the server does not wait for it', async () => {
  await using run = await start({ traceDirectory: '/nowhere' })
  const job = run.server.addJob(script('true'))
  await run.isOver(job)
  expect(job).toMatchObject({ status: 'failed', failureReason: 'runner_system_failure', log: '' })
  await expect.poll(() => run.log.of('job.lost').length, { interval: 5 }).toBe(1)
})

test('what is no job at all is told to the log, and the next one runs', async () => {
  await using run = await start()
  run.server.fault({
    at: /jobs\/request/,
    answer: { status: 201, body: Buffer.from('{"token":"s3cret-of-a-job"}') },
    times: 1,
  })
  const job = run.server.addJob(script('true'))
  await run.isOver(job)
  expect(job.status).toBe('success')
  expect(run.log.of('job.unreadable')).toHaveLength(1)
})

test('no token of runner or job is in the log', async () => {
  await using run = await start()
  run.server.fault({ at: /^PATCH/, answer: { status: 400 } })
  const job = run.server.addJob(script('echo "token: $CI_JOB_TOKEN"'))
  await run.isOver(job)
  const restore = run.server.fault({ at: /jobs\/request/, answer: 'disconnect' })
  run.server.queue.touch()
  await expect.poll(() => run.log.of('runner.unhealthy').length, { interval: 5 }).toBe(1)
  restore()
  run.abort.abort()
  await run.over
  expect(run.log.of('job.update_failed')).toHaveLength(1)
  const lines = run.log.lines.map(({ message, fields }) => `${message} ${inspect(fields, { depth: 9 })}`)
  expect(lines.join('\n')).not.toContain('s3cret')
})

import { describe, expect, test } from 'vitest'
import type { StageRun } from '../../../src/executor/executor.ts'
import { JobFailure } from '../../../src/executor/failure.ts'
import { forEver, untilStopped } from './scripted-executor.ts'
import { type RunOrder, stage, startRun } from './start-run.ts'

const HOUR_MS = 3_600_000

const payload = {
  steps: [
    { name: 'script', script: ['make'] },
    { name: 'after_script', script: ['make clean'] },
  ],
}

/** A job whose stage of this name goes on until it is stopped. */
function startEndless(name: string, order: RunOrder = {}) {
  return startRun({
    payload,
    ...order,
    acts: {
      run: async (stage: StageRun, signal: AbortSignal) => (stage.name === name ? untilStopped(signal) : {}),
    },
  })
}

const statusIn = (script: string | undefined) => script?.match(/CI_JOB_STATUS='\\''(\w+)'\\''\n/g)?.at(-1)

describe('a job that takes too long', () => {
  test('is ended, after_script too', async () => {
    const run = startEndless('step_script')
    await run.reaches('step_script')
    await run.pass(HOUR_MS)
    expect(await run.result).toMatchObject({ reason: 'job_execution_timeout' })
    expect(run.executor.events).toEqual(['open', 'prepare', 'step_script', 'close'])
    expect(run.lines().at(-1)).toBe('ERROR: Job failed: execution took longer than 1h0m0s seconds')
  })

  test('may take a month, if it is given one', async () => {
    const run = startEndless('step_script', {
      payload: { ...payload, runner_info: { timeout: 30 * 24 * 3600 } },
    })
    await run.reaches('step_script')
    await run.pass(2 ** 31 - 1)
    await expect.poll(() => run.clock.sleeperCount).toBe(1)
    expect(run.executor.events.at(-1)).toBe('step_script')
    await run.pass(30 * 24 * HOUR_MS - (2 ** 31 - 1))
    expect(await run.result).toMatchObject({ reason: 'job_execution_timeout' })
  })

  test('the script has a time of its own: after_script still runs', async () => {
    const seen: string[] = []
    const run = startEndless('step_script', {
      payload: { ...payload, variables: [{ key: 'RUNNER_SCRIPT_TIMEOUT', value: '1m30s' }] },
      afterSteps: (status) => [stage(status, seen)],
    })
    await run.reaches('step_script')
    await run.pass(90_000)
    expect(await run.result).toMatchObject({
      reason: 'job_execution_timeout',
      message: 'the script took longer than 1m30s',
    })
    expect(run.executor.events).toContain('after_script')
    expect(statusIn(run.executor.scripts.get('after_script'))).toContain('timedout')
    expect(seen).toEqual(['failed'])
  })

  test.each([
    { name: 'five minutes', variables: [], ms: 300_000, want: '5m0s' },
    {
      name: 'what the job says',
      variables: [{ key: 'RUNNER_AFTER_SCRIPT_TIMEOUT', value: '2s' }],
      ms: 2000,
      want: '2s',
    },
  ])('after_script has $name', async ({ variables, ms, want }) => {
    const run = startEndless('after_script', { payload: { ...payload, variables } })
    await run.reaches('after_script')
    await run.pass(ms)
    expect(await run.result).toEqual({ status: 'success' })
    expect(run.lines()).toContain(
      `WARNING: after_script failed, but job will continue unaffected: after_script took longer than ${want}`,
    )
  })
})

describe('a runner that gives preparing less time than the job has', () => {
  const order: RunOrder = { payload, prepareTimeoutMs: 90_000, acts: { prepare: untilStopped } }

  test('ends a job that is not prepared by then', async () => {
    const run = startRun(order)
    await run.reaches('prepare')
    await run.pass(90_000)
    const message = 'prepare timeout: exceeded timeout of 1m30s'
    expect(await run.result).toMatchObject({ reason: 'job_execution_timeout', message })
    expect(run.executor.events).toEqual(['open', 'prepare', 'close'])
    expect(run.lines().at(-1)).toBe(`ERROR: Job failed: ${message}`)
  })

  test('means all tries together', async () => {
    const run = startRun({
      payload,
      prepareTimeoutMs: 4000,
      acts: { prepare: () => Promise.reject(new Error('no engine')) },
    })
    await run.pass(3000)
    await expect.poll(() => run.lines().filter((line) => line.includes('Will be retried'))).toHaveLength(2)
    await run.pass(1000)
    const message = 'prepare timeout: exceeded timeout of 4s'
    expect(await run.result).toMatchObject({ reason: 'job_execution_timeout', message })
    expect(run.executor.events.filter((event) => event === 'open')).toHaveLength(2)
  })

  test('gives the rest of the job no less', async () => {
    const run = startEndless('step_script', { prepareTimeoutMs: 90_000 })
    await run.reaches('step_script')
    run.clock.advance(90_000)
    await run.pass(HOUR_MS - 90_000)
    const message = 'execution took longer than 1h0m0s seconds'
    expect(await run.result).toMatchObject({ reason: 'job_execution_timeout', message })
  })

  test('gives it no more than the job has', async () => {
    const run = startRun({ ...order, prepareTimeoutMs: 2 * HOUR_MS })
    await run.reaches('prepare')
    await run.pass(HOUR_MS)
    expect(await run.result).toMatchObject({ message: 'execution took longer than 1h0m0s seconds' })
  })

  test('leaves what else ends a job its reason', async () => {
    const run = startRun(order)
    await run.reaches('prepare')
    run.cancel.abort(new JobFailure('job_canceled', 'canceled'))
    expect(await run.result).toMatchObject({ reason: 'job_canceled' })
  })
})

describe('a runner that gives sources less time than the job has', () => {
  test('ends a job whose sources take longer: nothing is run, nothing kept', async () => {
    const seen: string[] = []
    const run = startRun({
      payload,
      getSourcesTimeoutMs: 90_000,
      beforeSteps: [
        stage('get_sources', seen, (_place, signal) => untilStopped(signal)),
        stage('restore_cache', seen),
      ],
      afterSteps: (status) => [stage(status, seen)],
    })
    await expect.poll(() => seen).toEqual(['get_sources'])
    await run.pass(90_000)
    const message = 'get sources timeout: exceeded timeout of 1m30s'
    expect(await run.result).toMatchObject({ reason: 'job_execution_timeout', message })
    expect(run.executor.events).toEqual(['open', 'prepare', 'close'])
    expect(seen).toEqual(['get_sources'])
    expect(run.lines().at(-1)).toBe(`ERROR: Job failed: ${message}`)
  })

  test('gives other stages all the time there is', async () => {
    const seen: string[] = []
    const run = startRun({
      getSourcesTimeoutMs: 90_000,
      beforeSteps: [
        stage('get_sources', seen),
        stage('restore_cache', seen, (_place, signal) => untilStopped(signal)),
      ],
    })
    await expect.poll(() => seen).toContain('restore_cache')
    run.clock.advance(90_000)
    await run.pass(HOUR_MS - 90_000)
    expect(await run.result).toMatchObject({ message: 'execution took longer than 1h0m0s seconds' })
  })
})

test('a job that is cancelled runs after_script, and keeps nothing', async () => {
  const seen: string[] = []
  const run = startEndless('step_script', { afterSteps: (status) => [stage(status, seen)] })
  await run.reaches('step_script')
  run.cancel.abort(new JobFailure('job_canceled', 'canceled'))
  expect(await run.result).toMatchObject({ reason: 'job_canceled' })
  expect(run.executor.events).toEqual(['open', 'prepare', 'step_script', 'after_script', 'close'])
  expect(statusIn(run.executor.scripts.get('after_script'))).toContain('canceled')
  expect(run.lines().at(-1)).toBe('ERROR: Job failed: canceled')
  expect(seen).toEqual([])
})

test('a job that is aborted runs nothing more, also when it was cancelled before', async () => {
  const run = startEndless('after_script')
  await run.reaches('after_script')
  run.cancel.abort(new JobFailure('job_canceled', 'canceled'))
  run.abort.abort(new JobFailure('runner_interrupted', 'interrupted'))
  expect(await run.result).toMatchObject({ reason: 'runner_interrupted' })
  expect(run.executor.events.at(-1)).toBe('close')
})

test('an aborted step is not followed by after_script', async () => {
  const run = startEndless('step_script')
  await run.reaches('step_script')
  run.abort.abort(new JobFailure('runner_interrupted', 'interrupted'))
  expect(await run.result).toMatchObject({ reason: 'runner_interrupted' })
  expect(run.executor.events).toEqual(['open', 'prepare', 'step_script', 'close'])
})

test.each(['prepare', 'run'] as const)(
  'a place that does not stop in %s is left to its cleanup',
  async (act) => {
    const run = startRun({ acts: { [act]: forEver } })
    await run.reaches(act === 'run' ? 'step_script' : 'prepare')
    run.abort.abort(new JobFailure('runner_interrupted', 'interrupted'))
    await run.pass(60_000)
    expect(await run.result).toMatchObject({ reason: 'runner_interrupted' })
    expect(run.executor.events.at(-1)).toBe('close')
  },
)

test('a cleanup that does not end keeps no slot', async () => {
  const run = startRun({ acts: { close: forEver } })
  await run.reaches('close')
  await run.pass(300_000)
  expect(await run.result).toEqual({ status: 'success' })
  expect(run.log.lines).toMatchObject([{ level: 'error', fields: { event: 'job.left' } }])
})

test('whatever stops a job, its cleanup is not stopped with it', async () => {
  let isClosed = false
  const run = startRun({
    acts: {
      run: (_stage, signal) => untilStopped(signal),
      close: async () => {
        await Promise.resolve()
        isClosed = true
      },
    },
  })
  await run.reaches('step_script')
  run.abort.abort(new JobFailure('runner_interrupted', 'interrupted'))
  await run.result
  expect(isClosed).toBe(true)
})

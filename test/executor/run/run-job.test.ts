import { describe, expect, test } from 'vitest'
import { JobFailure } from '../../../src/executor/failure.ts'
import { variable } from '../job/variable.ts'
import { untilStopped } from './scripted-executor.ts'
import { stage, startRun } from './start-run.ts'

const withAfterScript = {
  steps: [
    { name: 'script', script: ['make'] },
    { name: 'after_script', script: ['make clean'] },
  ],
}

test('a job that succeeds is told from its first line to its last', async () => {
  const run = startRun({
    payload: { ...withAfterScript, features: { trace_sections: true } },
    acts: {
      run: async ({ name }, _signal, { trace }) => {
        trace.write(Buffer.from(`output of ${name}\n`), 'stdout')
        return {}
      },
    },
  })
  expect(await run.result).toEqual({ status: 'success' })
  expect(run.executor.events).toEqual(['open', 'prepare', 'step_script', 'after_script', 'close'])
  expect(run.lines()).toEqual([
    'Preparing the "dummy" executor',
    'Preparing environment',
    'Running on host-of-job via here...',
    'Executing "step_script" stage of the job script',
    'output of step_script',
    'Running after_script',
    'output of after_script',
    'Job succeeded',
  ])
  expect(run.clock.sleeperCount).toBe(0)
})

test('a script that fails is why the job fails; after_script knows it', async () => {
  const run = startRun({
    payload: {
      steps: [
        { name: 'script', script: ['make'] },
        { name: 'release', script: ['make release'] },
        { name: 'after_script', script: ['make clean'] },
      ],
    },
    acts: {
      run: async ({ name }) =>
        name === 'step_script' ? { exitCode: 137, explanation: 'Killed for memory.' } : {},
    },
  })
  expect(await run.result).toEqual({
    status: 'failed',
    reason: 'script_failure',
    exitCode: 137,
    message: 'exit code 137',
  })
  expect(run.executor.events).toEqual(['open', 'prepare', 'step_script', 'after_script', 'close'])
  expect(run.lines()).toContain('ERROR: Killed for memory.')
  expect(run.lines().at(-1)).toBe('ERROR: Job failed: exit code 137')
  expect(run.executor.scripts.get('after_script')).toContain("CI_JOB_STATUS='\\''failed'\\''")
})

test('every step is a stage of its own', async () => {
  const run = startRun({
    payload: {
      steps: [
        { name: 'script', script: ['make'] },
        { name: 'release', script: ['make release'] },
      ],
    },
    preBuildScript: 'echo before',
    postBuildScript: 'echo after',
  })
  expect(await run.result).toEqual({ status: 'success' })
  expect(run.executor.events).toEqual(['open', 'prepare', 'step_script', 'step_release', 'close'])
  expect(run.lines()).toContain('Executing "step_release" stage of the job script')
  expect(run.executor.scripts.get('step_script')).toMatch(/echo before.*make.*echo after/s)
})

describe('a runner that disables what shows more in logs', () => {
  const payload = {
    variables: [
      { key: 'CI_DEBUG_TRACE', value: '1' },
      { key: 'CI_DEBUG_SERVICES', value: 'true' },
      { key: 'FF_USE_FASTZIP', value: 'true' },
    ],
  }

  test('says so, and shows no more than the job says', async () => {
    const run = startRun({ payload, isDebugTraceDisabled: true })
    await run.result
    expect(run.lines().slice(0, 3)).toEqual([
      'WARNING: CI_DEBUG_TRACE: usage is disabled on this Runner',
      'WARNING: CI_DEBUG_SERVICES: usage is disabled on this Runner',
      'WARNING: feature flags without effect here: FF_USE_FASTZIP',
    ])
    expect(run.executor.scripts.get('step_script')).not.toContain('xtrace')
  })

  test('is another one than this', async () => {
    const run = startRun({ payload, isDebugTraceDisabled: false })
    await run.result
    expect(run.lines()[0]).toBe('WARNING: feature flags without effect here: FF_USE_FASTZIP')
    expect(run.executor.scripts.get('step_script')).toContain('set -o xtrace')
  })
})

test('an after_script that fails changes nothing', async () => {
  const run = startRun({
    payload: withAfterScript,
    acts: { run: async ({ name }) => ({ exitCode: name === 'after_script' ? 4 : 0 }) },
  })
  expect(await run.result).toEqual({ status: 'success' })
  expect(run.lines()).toContain('WARNING: after_script failed, but job will continue unaffected: exit code 4')
})

test('unless the job says that it does', async () => {
  const run = startRun({
    payload: { ...withAfterScript, variables: [{ key: 'AFTER_SCRIPT_IGNORE_ERRORS', value: 'false' }] },
    acts: { run: async ({ name }) => ({ exitCode: name === 'after_script' ? 4 : 0 }) },
  })
  expect(await run.result).toMatchObject({ reason: 'script_failure', exitCode: 4 })
})

test('an executor that breaks down is no fault of the script', async () => {
  const run = startRun({ acts: { run: () => Promise.reject(new Error('the engine has gone')) } })
  expect(await run.result).toMatchObject({ reason: 'runner_system_failure', exitCode: undefined })
  expect(run.lines().at(-1)).toBe('ERROR: Job failed (system failure): the engine has gone')
})

test('options that nobody here knows end a job before anything is started', async () => {
  const run = startRun({ payload: { image: { name: 'a', executor_opts: { docker: { cpus: 4 } } } } })
  expect(await run.result).toMatchObject({ reason: 'runner_system_failure', exitCode: 3 })
  expect(run.executor.events).toEqual([])
  expect(run.lines()).toEqual([
    'ERROR: Job failed (system failure): Unsupported "image" options [cpus] for "docker executor"; ' +
      'supported options are [platform user]',
  ])
})

test('secrets of the job, of the runner and of the environment are in no line', async () => {
  const run = startRun({
    payload: {
      token: 'job-token-1',
      variables: [
        { key: 'PASSWORD', value: 'hush-$PART', masked: true },
        { key: 'PART', value: 'hush' },
      ],
      credentials: [{ type: 'registry', url: 'r.example.com', username: 'u', password: 'registry-pass' }],
    },
    variables: [variable('RUNNER_SECRET', 'of-the-runner', { isMasked: true })],
    acts: {
      run: () =>
        Promise.reject(new Error('job-token-1 hush-hush registry-pass of-the-runner proxy-password')),
    },
  })
  await run.result
  expect(run.lines().at(-1)).toBe(
    'ERROR: Job failed (system failure): [MASKED] [MASKED] [MASKED] [MASKED] [MASKED]',
  )
})

describe('preparing', () => {
  test('is tried again, in a new environment, when that may help', async () => {
    const run = startRun({
      acts: {
        prepare: async (_signal, tries) => {
          if (tries < 3) throw new Error(`trouble ${tries}`)
        },
      },
    })
    await run.pass(3000)
    await run.pass(3000)
    expect(await run.result).toEqual({ status: 'success' })
    expect(run.executor.events.join(' ')).toBe(
      'open prepare close open prepare close open prepare step_script close',
    )
    expect(run.lines().slice(1, 3)).toEqual([
      'ERROR: Preparation failed: trouble 1',
      'Will be retried in 3s ...',
    ])
  })

  test('is given up after three tries', async () => {
    const run = startRun({ acts: { prepare: () => Promise.reject(new Error('trouble')) } })
    await run.pass(3000)
    await run.pass(3000)
    expect(await run.result).toMatchObject({ reason: 'runner_system_failure', message: 'trouble' })
    expect(run.executor.events.join(' ')).toBe('open prepare close open prepare close open prepare close')
  })

  test('is not tried again when the failure has a name', async () => {
    const run = startRun({
      acts: { prepare: () => Promise.reject(new JobFailure('image_pull_failure', 'no such image')) },
    })
    expect(await run.result).toMatchObject({ reason: 'image_pull_failure' })
    expect(run.executor.events).toEqual(['open', 'prepare', 'close'])
    expect(run.lines().at(-1)).toBe('ERROR: Job failed: no such image')
  })

  test('ends when the job is cancelled', async () => {
    const run = startRun({ acts: { prepare: untilStopped }, payload: withAfterScript })
    await run.reaches('prepare')
    run.cancel.abort(new JobFailure('job_canceled', 'canceled'))
    expect(await run.result).toMatchObject({ reason: 'job_canceled' })
    expect(run.executor.events).toEqual(['open', 'prepare', 'close'])
  })
})

describe('stages around the steps', () => {
  const fails = () => Promise.reject(new JobFailure('script_failure', 'no upload'))

  test('stand around them, each in its section', async () => {
    const seen: string[] = []
    const run = startRun({
      beforeSteps: [stage('get_sources', seen), stage('restore_cache', seen)],
      afterSteps: (status) => [stage(`archive_cache_${status}`, seen)],
    })
    expect(await run.result).toEqual({ status: 'success' })
    expect(seen).toEqual(['get_sources', 'restore_cache', 'archive_cache_success'])
    expect(run.lines()).toContain('Doing get_sources')
  })

  test('one that fails before the steps ends the job, but for what is kept of a failed one', async () => {
    const seen: string[] = []
    const run = startRun({
      payload: withAfterScript,
      beforeSteps: [stage('get_sources', seen, fails), stage('restore_cache', seen)],
      afterSteps: (status) => [stage(`upload_${status}`, seen)],
    })
    expect(await run.result).toMatchObject({ reason: 'script_failure', message: 'no upload' })
    expect(seen).toEqual(['get_sources', 'upload_failed'])
    expect(run.executor.events).toEqual(['open', 'prepare', 'close'])
  })

  test.each([
    { exitCode: 0, want: 'no upload' },
    { exitCode: 2, want: 'exit code 2' },
  ])('one that fails after steps that ended with $exitCode: $want', async ({ exitCode, want }) => {
    const seen: string[] = []
    const run = startRun({
      acts: { run: async () => ({ exitCode }) },
      afterSteps: () => [stage('one', seen, fails), stage('two', seen)],
    })
    expect(await run.result).toMatchObject({ message: want })
    expect(seen).toEqual(['one', 'two'])
  })
})

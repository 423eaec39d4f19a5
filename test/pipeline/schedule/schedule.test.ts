import { describe, expect, test } from 'vitest'
import { failure, MovedPipeline, scheduled } from './jobs.ts'

test('(a2.1) a job with needs starts when they have ended, whatever else runs', () => {
  const jobs = [
    scheduled('fast', 0),
    scheduled('slow', 0),
    scheduled('after-fast', 1, { needs: ['fast'] }),
    scheduled('after-all', 1),
  ]
  const pipeline = new MovedPipeline(jobs)
  expect(pipeline.started).toEqual(['fast', 'slow'])
  pipeline.end('fast')
  expect(pipeline.started).toEqual(['fast', 'slow', 'after-fast'])
  pipeline.end('slow')
  expect(pipeline.started.at(-1)).toBe('after-all')
})

test('needs: [] starts at once', () => {
  const pipeline = new MovedPipeline([scheduled('a', 0), scheduled('free', 2, { needs: [] })])
  expect(pipeline.started).toEqual(['a', 'free'])
})

const FIRST_WHEN: Readonly<Record<string, 'on_failure' | 'manual'>> = {
  skipped: 'on_failure',
  left: 'manual',
  blocking: 'manual',
}

describe('what goes before decides', () => {
  test.each([
    { before: 'success', when: 'on_success', stage: 'running', needs: 'running' },
    { before: 'failed', when: 'on_success', stage: 'skipped', needs: 'skipped' },
    { before: 'warning', when: 'on_success', stage: 'running', needs: 'running' },
    { before: 'skipped', when: 'on_success', stage: 'running', needs: 'skipped' },
    { before: 'left', when: 'on_success', stage: 'running', needs: 'skipped' },
    { before: 'blocking', when: 'on_success', stage: 'created', needs: 'created' },
    { before: 'canceled', when: 'on_success', stage: 'skipped', needs: 'skipped' },
    { before: 'success', when: 'on_failure', stage: 'skipped', needs: 'skipped' },
    { before: 'failed', when: 'on_failure', stage: 'running', needs: 'running' },
    { before: 'warning', when: 'on_failure', stage: 'skipped', needs: 'skipped' },
    { before: 'skipped', when: 'on_failure', stage: 'skipped', needs: 'skipped' },
    { before: 'success', when: 'always', stage: 'running', needs: 'running' },
    { before: 'failed', when: 'always', stage: 'running', needs: 'running' },
    { before: 'skipped', when: 'always', stage: 'running', needs: 'running' },
    { before: 'success', when: 'manual', stage: 'manual', needs: 'manual' },
    { before: 'skipped', when: 'manual', stage: 'manual', needs: 'skipped' },
    { before: 'failed', when: 'manual', stage: 'skipped', needs: 'skipped' },
    { before: 'success', when: 'delayed', stage: 'delayed', needs: 'delayed' },
  ] as const)('$before before $when: $stage by stage, $needs by needs', ({ before, when, stage, needs }) => {
    const first = scheduled('first', 0, {
      when: FIRST_WHEN[before] ?? 'on_success',
      allowFailure: before === 'warning' || before === 'left',
    })
    const job = { when, startInMs: 1000 }
    const pipeline = new MovedPipeline([
      first,
      scheduled('s', 1, job),
      scheduled('n', 1, { ...job, needs: ['first'] }),
    ])
    if (before === 'success') pipeline.end('first')
    if (before === 'failed' || before === 'warning') pipeline.end('first', failure())
    if (before === 'canceled') pipeline.end('first', { status: 'canceled' })
    expect({ stage: pipeline.status('s'), needs: pipeline.status('n') }).toEqual({ stage, needs })
  })

  test('(a2.2) always runs after a stage that was skipped', () => {
    const jobs = [scheduled('a', 0), scheduled('b', 1), scheduled('clean', 2, { when: 'always' })]
    const pipeline = new MovedPipeline(jobs)
    pipeline.end('a', failure())
    expect(pipeline.statuses).toEqual({ a: 'failed', b: 'skipped', clean: 'running' })
  })

  test('one need that never runs skips the job, while others still run', () => {
    const jobs = [
      scheduled('a', 0),
      scheduled('b', 0, { when: 'on_failure' }),
      scheduled('c', 1, { needs: ['a', 'b'] }),
    ]
    const pipeline = new MovedPipeline(jobs)
    expect(pipeline.statuses).toEqual({ a: 'running', b: 'skipped', c: 'skipped' })
  })
})

test('a job that always runs does so after all that it needs, also when one of it was skipped', () => {
  const needs = ['a', 'b']
  const jobs = [
    scheduled('a', 0),
    scheduled('b', 0, { when: 'on_failure' }),
    scheduled('c', 1, { needs, when: 'always' }),
  ]
  const pipeline = new MovedPipeline(jobs)
  expect(pipeline.started).toEqual(['a'])
  pipeline.end('a')
  expect(pipeline.started).toEqual(['a', 'c'])
})

describe('(a2.3) allow_failure with exit codes', () => {
  test.each([
    { exitCode: 42, want: { a: 'warning', b: 'running' } },
    { exitCode: 1, want: { a: 'failed', b: 'skipped' } },
  ])('$exitCode', ({ exitCode, want }) => {
    const pipeline = new MovedPipeline([
      scheduled('a', 0, { allowFailure: { exitCodes: [42] } }),
      scheduled('b', 1),
    ])
    pipeline.end('a', failure(exitCode))
    expect(pipeline.statuses).toEqual(want)
    if (exitCode === 1) expect(pipeline.result).toBe('failed')
  })
})

describe('(a2.6) retry', () => {
  const retried = (retry: Partial<{ max: number; when: string[]; exitCodes: number[] }>) =>
    new MovedPipeline([
      scheduled('a', 0, { config: { retry: { max: 2, when: [], exitCodes: [], ...retry } } }),
      scheduled('b', 1),
    ])

  test('a job is tried so often again, and others wait for it', () => {
    const pipeline = retried({})
    for (let tries = 1; tries <= 3; tries++) {
      expect(pipeline.started).toEqual(Array(tries).fill('a'))
      pipeline.end('a', failure())
    }
    expect(pipeline.statuses).toEqual({ a: 'failed', b: 'skipped' })
  })

  test.each([
    { retry: { when: ['runner_system_failure'] }, outcome: failure(1), want: 'failed' },
    { retry: { when: ['script_failure'] }, outcome: failure(1), want: 'running' },
    { retry: { when: ['always'] }, outcome: failure(1), want: 'running' },
    { retry: { exitCodes: [137] }, outcome: failure(137), want: 'running' },
    { retry: { exitCodes: [137] }, outcome: failure(1), want: 'failed' },
    { retry: { when: ['runner_system_failure'], exitCodes: [3] }, outcome: failure(3), want: 'running' },
    {
      retry: { when: ['stuck_or_timeout_failure'] },
      outcome: failure(1, 'job_execution_timeout'),
      want: 'running',
    },
  ])('$retry after $outcome: $want', ({ retry, outcome, want }) => {
    const pipeline = retried(retry)
    pipeline.end('a', outcome)
    expect(pipeline.status('a')).toBe(want)
  })
})

describe('(a2.8) delayed', () => {
  const jobs = [scheduled('a', 0, { when: 'delayed', startInMs: 5000 }), scheduled('b', 1)]

  test('a job starts when its time has come', () => {
    const pipeline = new MovedPipeline(jobs)
    expect([pipeline.started, pipeline.wakeAt]).toEqual([[], pipeline.nowAt + 5000])
    pipeline.nowAt += 4999
    pipeline.happen({ kind: 'time' })
    expect([pipeline.started, pipeline.result]).toEqual([[], 'running'])
    pipeline.nowAt += 1
    pipeline.happen({ kind: 'time' })
    expect([pipeline.started, pipeline.wakeAt]).toEqual([['a'], undefined])
  })

  test('or at once, when delays are skipped', () => {
    expect(new MovedPipeline(jobs, { skipDelays: true }).started).toEqual(['a'])
  })
})

describe('(a2.9) manual', () => {
  test('one that blocks stops later stages', () => {
    const pipeline = new MovedPipeline([scheduled('gate', 0, { when: 'manual' }), scheduled('b', 1)])
    expect([pipeline.statuses, pipeline.result]).toEqual([{ gate: 'manual', b: 'created' }, 'blocked'])
  })

  test('one that may be left does not', () => {
    const gate = scheduled('gate', 0, { when: 'manual', allowFailure: true })
    const pipeline = new MovedPipeline([gate, scheduled('b', 1)])
    expect(pipeline.statuses).toEqual({ gate: 'manual', b: 'running' })
    pipeline.end('b')
    expect(pipeline.result).toBe('success')
  })

  test('one that was played runs when it is its turn', () => {
    const jobs = [scheduled('a', 0), scheduled('gate', 1, { when: 'manual' }), scheduled('b', 2)]
    const pipeline = new MovedPipeline(jobs, { played: new Set(['gate']) })
    pipeline.end('a')
    pipeline.end('gate')
    expect(pipeline.started).toEqual(['a', 'gate', 'b'])
  })
})

test('(a2.18) jobs of one resource group run one after the other, tries too', () => {
  const group = { resourceGroup: 'production', config: { retry: { max: 1, when: [], exitCodes: [] } } }
  const pipeline = new MovedPipeline([scheduled('a', 0, group), scheduled('b', 0, group), scheduled('c', 0)])
  expect(pipeline.running).toEqual(['a', 'c'])
  pipeline.end('a', failure())
  expect(pipeline.running).toEqual(['a', 'c'])
  pipeline.end('a')
  expect(pipeline.running).toEqual(['b', 'c'])
})

describe('the result', () => {
  test('of nothing is empty', () => {
    expect(new MovedPipeline([]).result).toBe('empty')
  })

  test('a failure counts more than a job that waits for a person', () => {
    const pipeline = new MovedPipeline([
      scheduled('gate', 0, { when: 'manual' }),
      scheduled('a', 0),
      scheduled('b', 1),
    ])
    pipeline.end('a', failure())
    expect(pipeline.result).toBe('failed')
  })

  test('what is cancelled starts nothing more, and waits for what runs', () => {
    const retry = { max: 2, when: [], exitCodes: [] }
    const pipeline = new MovedPipeline([
      scheduled('a', 0, { config: { retry } }),
      scheduled('b', 1, { when: 'always' }),
    ])
    pipeline.happen({ kind: 'canceled' })
    expect([pipeline.statuses, pipeline.result]).toEqual([{ a: 'running', b: 'canceled' }, 'running'])
    pipeline.end('a', failure())
    expect(pipeline.started).toEqual(['a'])
  })

  test('an end of what does not run changes nothing', () => {
    const pipeline = new MovedPipeline([scheduled('a', 0), scheduled('b', 1)])
    pipeline.end('b')
    pipeline.end('a')
    pipeline.end('a', failure())
    expect(pipeline.statuses).toEqual({ a: 'success', b: 'running' })
  })
})

import { describe, expect, test } from 'vitest'
import { planPipeline } from '../../../src/pipeline/plan/plan-pipeline.ts'
import type { JobFinished, RunEvent } from '../../../src/pipeline/run/pipeline-events.ts'
import { type PipelineOrder, runPipeline } from '../../../src/pipeline/run/run-pipeline.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { job, need, pipeline } from '../support/configs.ts'
import { context } from '../support/context.ts'
import { ScriptedRunner } from './scripted-runner.ts'

function begin(jobs: Parameters<typeof pipeline>[0], special: Partial<PipelineOrder> = {}) {
  const runner = new ScriptedRunner()
  const events: RunEvent[] = []
  const clock = new FakeClock()
  const stop = new AbortController()
  const status = runPipeline({
    jobs: planPipeline(pipeline(jobs), context()).jobs,
    runner,
    schedule: { played: new Set(), skipDelays: false },
    concurrency: 10,
    clock,
    cancel: stop.signal,
    emit: (event) => events.push(event),
    ...special,
  })
  const finished = () => events.filter((event): event is JobFinished => event.event === 'job.finished')
  return { runner, events, clock, stop, status, finished }
}

const FAILED = { status: 'failed', reason: 'script_failure', exitCode: 7 } as const

describe('a pipeline', () => {
  test('starts a job the moment that its needs are done, whatever else still runs', async () => {
    const { runner, status } = begin([
      job('slow', { stage: 'build' }),
      job('fast', { stage: 'build' }),
      job('after-fast', { needs: [need('fast')] }),
      job('after-all'),
    ])
    expect(runner.running).toEqual(['slow', 'fast'])
    await runner.end('fast')
    expect(runner.running).toEqual(['slow', 'after-fast'])
    await runner.end('after-fast')
    await runner.end('slow')
    expect(runner.running).toEqual(['after-all'])
    await runner.end('after-all')
    expect(await status).toBe('success')
  })

  test('tells of every job once, with how long it waited and ran', async () => {
    const { runner, clock, status, finished, events } = begin(
      [job('one', { stage: 'build' }), job('two', { stage: 'build' }), job('later')],
      { concurrency: 1 },
    )
    clock.advance(2000)
    await runner.end('one')
    clock.advance(500)
    await runner.end('two', FAILED)
    expect(await status).toBe('failed')
    expect(finished()).toEqual([
      expect.objectContaining({ job: 'one', status: 'success', exitCode: 0, durationMs: 2000, waitMs: 0 }),
      expect.objectContaining({
        ...{ job: 'two', stage: 'build', status: 'failed', exitCode: 7, reason: 'script_failure' },
        ...{ durationMs: 500, waitMs: 2000, logFile: 'two.log' },
      }),
      expect.objectContaining({
        ...{ job: 'later', status: 'skipped', exitCode: null, reason: 'two failed', durationMs: 0 },
        ...{ waitMs: 0, logFile: null, images: [] },
      }),
    ])
    expect(runner.slots).toEqual([0, 0])
    expect(events[0]).toMatchObject({ event: 'pipeline.started', time: '2026-01-01T00:00:00.000Z' })
    expect(events.at(-1)).toMatchObject({ time: '2026-01-01T00:00:02.500Z' })
  })

  test('tries again what may be tried again, and says so', async () => {
    const { runner, status, events, finished } = begin([
      job('flaky', { retry: { max: 1, when: [], exitCodes: [] } }),
    ])
    await runner.end('flaky', FAILED)
    expect(events.map(({ event }) => event)).toEqual([
      'pipeline.started',
      'job.started',
      'job.retried',
      'job.started',
    ])
    await runner.end('flaky')
    expect(await status).toBe('success')
    expect(finished()).toEqual([expect.objectContaining({ status: 'success', exitCode: 0, reason: null })])
  })

  test('a failure that is allowed is a warning', async () => {
    const { runner, status, finished } = begin([job('loose', { allowFailure: { exitCodes: [7] } })])
    await runner.end('loose', FAILED)
    expect(await status).toBe('success')
    expect(finished()).toEqual([
      expect.objectContaining({ status: 'warning', exitCode: 7, reason: 'script_failure' }),
    ])
  })

  test('gives the lowest free slot', async () => {
    const { runner, status } = begin(
      ['a', 'b', 'c'].map((name) => job(name)),
      { concurrency: 2 },
    )
    expect(runner.running).toEqual(['a', 'b'])
    await runner.end('a')
    expect(runner.slots).toEqual([0, 1, 0])
    await runner.end('b')
    await runner.end('c')
    expect(await status).toBe('success')
  })

  test('is blocked by a manual job, and tells what did not run for it', async () => {
    const { status, finished } = begin([
      job('release', { stage: 'build', when: 'manual', allowFailure: false }),
      job('announce'),
    ])
    expect(await status).toBe('blocked')
    expect(finished()).toEqual([
      expect.objectContaining({ job: 'release', status: 'manual', reason: 'starts with --manual "release"' }),
      expect.objectContaining({
        ...{ job: 'announce', status: 'skipped', reason: 'release waits for somebody to start it' },
      }),
    ])
  })

  test('runs a manual job that somebody said yes to', async () => {
    const { runner, status } = begin([job('release', { when: 'manual' })], {
      schedule: { played: new Set(['release']), skipDelays: false },
    })
    await runner.end('release')
    expect(await status).toBe('success')
  })

  test('waits for the time of a delayed job', async () => {
    const { runner, clock, status, events } = begin([job('later', { when: 'delayed', startInMs: 90_000 })])
    expect(runner.running).toEqual([])
    expect(events.at(-1)).toMatchObject({ event: 'job.delayed', startAt: '2026-01-01T00:01:30.000Z' })
    clock.advance(90_000)
    await new Promise((resolve) => setImmediate(resolve))
    await runner.end('later')
    expect(await status).toBe('success')
  })

  test('that is canceled starts nothing more, and waits for what runs', async () => {
    const { runner, status, stop, finished } = begin(
      [job('one', { stage: 'build' }), job('two', { stage: 'build' }), job('later')],
      { concurrency: 1 },
    )
    stop.abort()
    expect(runner.running).toEqual(['one'])
    await runner.end('one', { status: 'canceled' })
    expect(await status).toBe('canceled')
    expect(runner.started).toEqual(['one'])
    expect(finished().map(({ job, status, reason }) => [job, status, reason])).toEqual([
      ['later', 'canceled', 'the pipeline was canceled'],
      ['two', 'canceled', 'the pipeline was canceled'],
      ['one', 'canceled', 'canceled'],
    ])
  })

  test('skips what cannot be run here, with all that needs it', async () => {
    const { runner, status, finished } = begin([
      job('child', { stage: 'build', notRun: 'it starts another pipeline' }),
      job('with-it', { needs: [need('child')] }),
      job('after'),
    ])
    await new Promise((resolve) => setImmediate(resolve))
    await runner.end('after')
    expect(await status).toBe('success')
    expect(finished().map(({ job, status, reason }) => [job, status, reason])).toEqual([
      ['child', 'skipped', 'it starts another pipeline'],
      ['with-it', 'skipped', 'child was skipped'],
      ['after', 'success', null],
    ])
  })

  test('without jobs is empty', async () => {
    expect(await begin([]).status).toBe('empty')
  })
})

import { describe, expect, test } from 'vitest'
import { RunnerFigures } from '../../src/runner/figures/runner-figures.ts'
import { JobSlots } from '../../src/runner/job-slots.ts'
import { unhealthyWaitMs } from '../../src/runner/poll-delay.ts'
import { type PollOrder, pollForJobs } from '../../src/runner/poll-for-jobs.ts'
import { CoordinatorError } from '../../src/runner/protocol/coordinator-error.ts'
import type { RequestedJob } from '../../src/runner/protocol/job-calls.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

type Outcome = RequestedJob | CoordinatorError

const none = (lastUpdate?: string): RequestedJob => ({ kind: 'none', lastUpdate })
const job = (payload: string): RequestedJob => ({ kind: 'job', payload })
const trouble = (status: number, retryAfterMs?: number) =>
  new CoordinatorError('failed', 'in trouble', { status, retryAfterMs })

/** A server that answers as it is told, then holds every request until it is told more. */
class ScriptedCalls {
  #held: ((outcome: RequestedJob) => void)[] = []
  readonly lastUpdates: (string | undefined)[] = []
  readonly #outcomes: Outcome[]

  constructor(outcomes: readonly Outcome[]) {
    this.#outcomes = [...outcomes]
  }

  async requestJob(
    _token: string,
    lastUpdate: string | undefined,
    signal: AbortSignal,
  ): Promise<RequestedJob> {
    this.lastUpdates.push(lastUpdate)
    const outcome = this.#outcomes.shift()
    if (outcome instanceof CoordinatorError) throw outcome
    if (outcome !== undefined) return outcome
    return new Promise((resolve, reject) => {
      this.#held.push(resolve)
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }

  /** To the request that is held the longest. */
  answer(outcome: RequestedJob): void {
    this.#held.shift()?.(outcome)
  }
}

function start(outcomes: readonly Outcome[], special: Partial<PollOrder> = {}) {
  const clock = new FakeClock()
  const log = new RecordLog()
  const calls = new ScriptedCalls(outcomes)
  const drain = new AbortController()
  const abort = new AbortController()
  const jobs = new Map<unknown, { readonly end: () => void }>()
  const figures = new RunnerFigures()
  const over = pollForJobs(
    {
      name: 'a runner',
      token: 's3cret-of-runner',
      calls,
      own: new JobSlots(0),
      requestConcurrency: 1,
      checkIntervalMs: 3000,
      slots: new JobSlots(2),
      answers: figures.answers,
      health: figures.serving(drain.signal),
      clock,
      log,
      random: () => 0,
      abort: abort.signal,
      onJob: (payload) => new Promise((end) => jobs.set(payload, { end })),
      ...special,
    },
    drain.signal,
  )
  return {
    clock,
    figures,
    log,
    calls,
    jobs,
    end: (payload: string) => jobs.get(payload)?.end(),
    settled,
    finish: async () => {
      drain.abort()
      abort.abort()
      for (const { end } of jobs.values()) end()
      await over
    },
    drain,
    abort,
    over,
  }
}

/** Everything that can go on without time has. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

describe('a server without jobs', () => {
  test('is asked at every interval, with what it told the last time', async () => {
    const run = start([none('v1'), none('v2')])
    await run.settled()
    expect(run.calls.lastUpdates).toEqual([undefined])
    run.clock.advance(2999)
    await run.settled()
    expect(run.calls.lastUpdates).toHaveLength(1)
    run.clock.advance(1)
    await run.settled()
    run.clock.advance(3000)
    await run.settled()
    expect(run.calls.lastUpdates).toEqual([undefined, 'v1', 'v2'])
    await run.finish()
  })

  test('is not let hold a request while another runner waits for the slot', async () => {
    const slots = new JobSlots(1)
    const run = start([none('v1'), none('v2')], { slots })
    await run.settled()
    const never = new AbortController().signal
    const held = await slots.take(never)
    run.clock.advance(3000)
    await run.settled()
    const waiting = slots.take(never)
    held.release()
    ;(await waiting).release()
    run.clock.advance(3000)
    await run.settled()
    expect(run.calls.lastUpdates).toEqual([undefined, undefined, 'v2'])
    await run.finish()
  })
})

describe('jobs', () => {
  test('are taken one after the other as long as there is room', async () => {
    const run = start([job('one'), job('two'), job('three')])
    await run.settled()
    expect([...run.jobs.keys()]).toEqual(['one', 'two'])
    expect(run.calls.lastUpdates).toHaveLength(2)
    run.end('one')
    await run.settled()
    expect([...run.jobs.keys()]).toEqual(['one', 'two', 'three'])
    await run.finish()
  })

  test('of one runner are no more than its limit, and leave room for others', async () => {
    const slots = new JobSlots(2)
    const run = start([job('one'), job('two')], { slots, own: new JobSlots(1) })
    await run.settled()
    const other = start([job('three')], { slots })
    await run.settled()
    expect([...run.jobs.keys(), ...other.jobs.keys()]).toEqual(['one', 'three'])
    await run.finish()
    await other.finish()
  })

  test('are asked for by as many requests at a time as wanted', async () => {
    const run = start([], { requestConcurrency: 2, slots: new JobSlots(5) })
    await run.settled()
    expect(run.calls.lastUpdates).toHaveLength(2)
    await run.finish()
  })

  test('that another runner got are asked for again soon', async () => {
    const run = start([{ kind: 'conflict' }, job('one')])
    await run.settled()
    run.clock.advance(500)
    await run.settled()
    expect([...run.jobs.keys()]).toEqual(['one'])
    await run.finish()
  })
})

describe('a server in trouble', () => {
  test('is asked ever more seldom, until it answers', async () => {
    const run = start([trouble(500), trouble(500), none()])
    await run.settled()
    run.clock.advance(4999)
    await run.settled()
    expect(run.calls.lastUpdates).toHaveLength(1)
    run.clock.advance(1)
    await run.settled()
    run.clock.advance(9999)
    await run.settled()
    expect(run.calls.lastUpdates).toHaveLength(2)
    run.clock.advance(1)
    await run.settled()
    expect(run.calls.lastUpdates).toHaveLength(3)
    expect(run.log.of('runner.unhealthy').map(({ fields }) => fields.failures)).toEqual([1, 2])
    expect(run.log.of('runner.healthy')).toHaveLength(1)
    await run.finish()
  })

  test('that says how long is left alone for so long', async () => {
    const run = start([trouble(429, 60_000), job('one')])
    await run.settled()
    run.clock.advance(59_999)
    await run.settled()
    expect(run.jobs.size).toBe(0)
    run.clock.advance(1)
    await run.settled()
    expect(run.jobs.size).toBe(1)
    await run.finish()
  })

  test.each([
    [1, 0, 5000],
    [2, 0, 10_000],
    [5, 0, 80_000],
    [6, 0, 120_000],
    [50, 0, 120_000],
    [1, 0.5, 4500],
  ])('after %i failures the wait is drawn with %d: %i ms', (failures, random, waitMs) => {
    expect(unhealthyWaitMs(failures, random)).toBe(waitMs)
  })

  test.each([
    [401, 'does not know the token'],
    [403, 'does not know the token'],
    [422, 'is gone from the server'],
    [500, 'no proper answer'],
  ])('is told in words: %i', async (status, words) => {
    const run = start([trouble(status)])
    await run.settled()
    expect(run.log.lines[0]?.message).toContain(words)
    expect(JSON.stringify(run.log.lines)).not.toContain('s3cret')
    await run.finish()
  })
})

describe('draining', () => {
  async function draining() {
    const run = start([job('one')])
    await run.settled()
    expect(run.calls.lastUpdates).toHaveLength(2)
    let isOver = false
    void run.over.then(() => {
      isOver = true
    })
    run.drain.abort()
    await run.settled()
    return { ...run, isOver: () => isOver }
  }

  test('asks no more, runs the job that the held request brings, and waits for all of them', async () => {
    const run = await draining()
    run.calls.answer(job('two'))
    run.end('one')
    await run.settled()
    expect([...run.jobs.keys()]).toEqual(['one', 'two'])
    expect(run.calls.lastUpdates).toHaveLength(2)
    expect(run.isOver()).toBe(false)
    run.end('two')
    await run.over
  })

  test('is over when the held request brings nothing', async () => {
    const run = await draining()
    run.end('one')
    run.calls.answer(none())
    await run.over
    expect(run.calls.lastUpdates).toHaveLength(2)
  })

  test('waits five seconds for the answer to a held request', async () => {
    const run = await draining()
    run.end('one')
    run.clock.advance(4999)
    await run.settled()
    expect(run.isOver()).toBe(false)
    run.clock.advance(1)
    await run.over
  })

  test('waits for no answer when jobs are ended too', async () => {
    const run = await draining()
    run.end('one')
    run.abort.abort()
    await run.over
  })
})

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TraceFile } from '../../src/executor/trace/trace-file.ts'
import { TraceSender } from '../../src/runner/trace-sender.ts'
import { startCoordinator } from '../support/coordinator/a-runner.ts'
import type { CoordinatorFault } from '../support/coordinator/coordinator.ts'
import type { JobScript } from '../support/coordinator/job-record.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const never = new AbortController().signal
const SUCCESS = { state: 'success' } as const

/** A job that runs, its log in a file, and who sends it. */
async function start(script: JobScript = {}) {
  const directory = await makeTempDir()
  const clock = new FakeClock()
  const runner = await startCoordinator({ clock })
  const { server, jobs, token } = runner
  const job = server.addJob(script)
  await jobs.requestJob(token, undefined, never)
  await jobs.updateJob(job, { state: 'running' })
  server.calls.length = 0
  const log = new RecordLog()
  const trace = new TraceFile(join(directory.path, 'trace'), log)
  let underWay = 0
  const counted = async <Result>(call: Promise<Result>): Promise<Result> => {
    underWay += 1
    return call.finally(() => {
      underWay -= 1
    })
  }
  const calls: ConstructorParameters<typeof TraceSender>[0]['calls'] = {
    patchTrace: (...order) => counted(jobs.patchTrace(...order)),
    updateJob: (...order) => counted(jobs.updateJob(...order)),
  }
  const sender = new TraceSender({ job, trace, calls, clock, log })
  return {
    server,
    clock,
    job,
    log,
    trace,
    sender,
    write: (text: string) => trace.write(Buffer.from(text)),
    fault: (fault: CoordinatorFault) => server.fault(fault),
    /** Lets time go on, and waits until the calls that come of it are answered. */
    pass: async (ms: number, isDone: () => boolean) => {
      while (!clock.hasSleeperWithin(ms)) await tick()
      clock.advance(ms)
      await server.until(isDone)
      while (underWay > 0 || clock.sleeperCount === 0) await tick()
    },
    /** Lets time go on whenever somebody waits for it, until the work is done. */
    finished: async <Result>(work: Promise<Result>): Promise<Result> => {
      let isOver = false
      const end = work.finally(() => {
        isOver = true
      })
      while (!isOver) {
        await tick()
        // Of a call that is under way only the pause before its next try is cut short, not its deadline.
        if (underWay === 0) clock.advance(60 * 60_000)
        else if (clock.hasSleeperWithin(2000)) clock.advance(2000)
      }
      return end
    },
    [Symbol.asyncDispose]: async () => {
      trace[Symbol.dispose]()
      await runner[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('while a job runs', () => {
  test('what is new in its log is sent at every interval, as often as the server says', async () => {
    await using run = await start()
    run.server.trace = { ...run.server.trace, intervalSeconds: 10 }
    run.sender.start()
    run.write('one ')
    await run.pass(3000, () => run.job.log === 'one ')
    run.write('two')
    while (!run.clock.hasSleeperWithin(10_000)) await tick()
    expect(run.clock.hasSleeperWithin(9000)).toBe(false)
    await run.pass(10_000, () => run.job.log === 'one two')
    expect(run.server.callsTo(/^PATCH/).map(({ headers }) => headers['content-range'])).toEqual([
      '0-3',
      '4-6',
    ])
    await run.finished(run.sender.finish(SUCCESS, never))
  })

  test('a long log goes in pieces of a mebibyte', async () => {
    await using run = await start()
    const bytes = randomBytes(2.5 * 1024 * 1024)
    run.trace.write(bytes)
    run.sender.start()
    await run.pass(3000, () => run.job.trace.length === bytes.length)
    expect(run.job.trace.equals(bytes)).toBe(true)
    const sizes = run.server.callsTo(/^PATCH/).map((call) => call.bytes.length)
    expect(sizes).toEqual([1024 * 1024, 1024 * 1024, 512 * 1024])
    await run.finished(run.sender.finish(SUCCESS, never))
  })

  test('that says nothing, the server hears of it every 30 seconds', async () => {
    await using run = await start()
    run.sender.start()
    for (let seconds = 3; seconds < 30; seconds += 3) await run.pass(3000, () => true)
    expect(run.server.calls).toEqual([])
    await run.pass(3000, () => run.server.calls.length === 1)
    expect(run.server.calls[0]?.json).toMatchObject({ state: 'running' })
    await run.finished(run.sender.finish(SUCCESS, never))
  })

  test('and the server has another part of the log: it goes on from there', async () => {
    await using run = await start()
    run.sender.start()
    run.job.trace = Buffer.from('one ')
    run.write('one two')
    await run.pass(3000, () => run.job.log === 'one two')
    expect(run.server.callsTo(/^PATCH/).map(({ headers }) => headers['content-range'])).toEqual([
      '0-6',
      '4-6',
    ])
    await run.finished(run.sender.finish(SUCCESS, never))
  })

  test('a server that is always elsewhere is not asked without end', async () => {
    await using run = await start()
    const restore = run.fault({ at: /^PATCH/, answer: { status: 416, headers: { range: '0-0' } } })
    run.write('one')
    run.sender.start()
    await run.pass(3000, () => run.server.callsTo(/^PATCH/).length === 4)
    restore()
    await run.pass(3000, () => run.job.log === 'one')
    await run.finished(run.sender.finish(SUCCESS, never))
  })

  test('an outage delays its log, and is told once', async () => {
    await using run = await start()
    const restore = run.fault({ at: /^PATCH/, answer: { status: 400 } })
    run.write('one')
    run.sender.start()
    await run.pass(3000, () => run.server.callsTo(/^PATCH/).length === 1)
    await run.pass(3000, () => run.server.callsTo(/^PATCH/).length === 2)
    restore()
    await run.pass(3000, () => run.job.log === 'one')
    expect(run.log.of('job.trace_delayed')).toHaveLength(1)
    await run.finished(run.sender.finish(SUCCESS, never))
  })
})

describe('a job that is', () => {
  test('being cancelled is to end its steps; its result is told all the same', async () => {
    await using run = await start()
    run.sender.start()
    run.server.cancel(run.job)
    run.write('one')
    await run.pass(3000, () => run.job.log === 'one')
    expect(run.sender.cancel.reason).toMatchObject({ code: 'job_canceled' })
    expect(run.sender.abort.aborted).toBe(false)
    run.write(' after_script')
    expect(await run.finished(run.sender.finish({ state: 'failed' }, never))).toBe('told')
    expect(run.job).toMatchObject({ status: 'canceled', log: 'one after_script' })
  })

  test('cancelled is to end at once, and nothing more is sent', async () => {
    await using run = await start()
    run.sender.start()
    run.server.cancel(run.job, 'canceled')
    run.write('one')
    run.clock.advance(3000)
    await run.server.until(() => run.sender.abort.aborted || run.server.calls.length === 1)
    while (!run.sender.abort.aborted) await tick()
    run.write('two')
    expect(await run.sender.finish({ state: 'failed' }, never)).toBe('gone')
    expect(run.server.calls).toHaveLength(1)
  })

  test('silent and was cancelled learns it from its sign of life', async () => {
    await using run = await start()
    run.sender.start()
    run.server.cancel(run.job)
    for (let seconds = 3; seconds <= 27; seconds += 3) await run.pass(3000, () => true)
    await run.pass(3000, () => run.server.calls.length === 1)
    expect(run.sender.cancel.aborted).toBe(true)
    await run.finished(run.sender.finish({ state: 'failed' }, never))
  })
})

describe('at the end', () => {
  test('all of the log is sent first, then the result', async () => {
    await using run = await start()
    run.sender.start()
    run.write('one')
    const end = { state: 'failed', failureReason: 'script_failure', exitCode: 2 } as const
    expect(await run.finished(run.sender.finish(end, never))).toBe('told')
    expect(run.server.calls.map(({ method }) => method)).toEqual(['PATCH', 'PUT'])
    // CRC-32 of `one`, as every tool has it.
    const checksum = 'crc32:7a6c86f1'
    expect(run.server.calls[1]?.json).toMatchObject({ checksum, output: { checksum, bytesize: 3 } })
    expect(run.job).toMatchObject({
      log: 'one',
      status: 'failed',
      failureReason: 'script_failure',
      exitCode: 2,
    })
  })

  test('of a job without a log there is only a result', async () => {
    await using run = await start()
    expect(await run.finished(run.sender.finish(SUCCESS, never))).toBe('told')
    expect(run.job.status).toBe('success')
  })

  test('a server that is not ready is asked again, for as long as it likes', async () => {
    await using run = await start({ acceptedTimes: 25 })
    run.write('one')
    expect(await run.finished(run.sender.finish(SUCCESS, never))).toBe('told')
    expect(run.server.callsTo(/^PUT/)).toHaveLength(26)
  })

  test('but not for hours', async () => {
    await using run = await start({ acceptedTimes: 1000 })
    run.server.trace = { ...run.server.trace, intervalSeconds: 900 }
    expect(await run.finished(run.sender.finish(SUCCESS, never))).toBe('lost')
    expect(run.server.callsTo(/^PUT/)).toHaveLength(5)
  })

  test('a server that has another log gets all of it once more', async () => {
    await using run = await start()
    run.write('one two')
    run.sender.start()
    await run.pass(3000, () => run.job.log === 'one two')
    run.job.trace = Buffer.from('one, two')
    expect(await run.finished(run.sender.finish(SUCCESS, never))).toBe('told')
    expect(run.job).toMatchObject({ log: 'one two', status: 'success' })
  })

  test('an outage is waited for', async () => {
    await using run = await start()
    run.fault({ at: /^PUT/, answer: { status: 502 }, times: 12 })
    expect(await run.finished(run.sender.finish(SUCCESS, never))).toBe('told')
  })

  test('but not without end', async () => {
    await using run = await start()
    run.fault({ at: /^PUT/, answer: { status: 502 } })
    expect(await run.finished(run.sender.finish(SUCCESS, never))).toBe('lost')
    expect(run.server.callsTo(/^PUT/)).toHaveLength(50)
  })

  test.each([
    ['the result', /^PUT/, ['PATCH', 'PUT', 'PUT']],
    ['the log', /^PATCH/, ['PATCH', 'PUT']],
  ])('a server that refuses %s is told how it ended, and no more', async (_name, at, calls) => {
    await using run = await start()
    run.write('one')
    run.fault({ at, answer: { status: 400 }, times: 1 })
    expect(await run.finished(run.sender.finish(SUCCESS, never))).toBe('told')
    expect(run.server.calls.map(({ method }) => method)).toEqual(calls)
    expect(run.server.calls.at(-1)?.json).not.toHaveProperty('output')
    expect(run.job.status).toBe('success')
  })

  test('and when it refuses that too, is left', async () => {
    await using run = await start()
    run.fault({ at: /^PUT/, answer: { status: 400 } })
    expect(await run.finished(run.sender.finish(SUCCESS, never))).toBe('lost')
    expect(run.server.callsTo(/^PUT/)).toHaveLength(2)
  })

  test('a runner that has no more time leaves it', async () => {
    await using run = await start({ acceptedTimes: 1000 })
    const stop = new AbortController()
    const farewell = run.sender.finish(SUCCESS, stop.signal)
    await run.server.until(() => run.server.callsTo(/^PUT/).length === 1)
    stop.abort(new Error('no more time'))
    expect(await farewell).toBe('lost')
  })
})

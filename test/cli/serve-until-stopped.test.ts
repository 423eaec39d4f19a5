import { describe, expect, test, vi } from 'vitest'
import type { CacheAdmin } from '../../src/cache/cache-admin.ts'
import type { StartServer } from '../../src/cli/serve-until-stopped.ts'
import type { Access } from '../../src/server/access.ts'
import { Activity } from '../../src/server/activity.ts'
import type { RunningServer } from '../../src/server/start.ts'
import { StorageInUseError } from '../../src/store/errors.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { CliProcess } from './cli-process.ts'
// The command loads it when it is wanted: on a busy machine that takes longer than any of these waits.
import '../../src/cli/serve-until-stopped.ts'

/** Quiet, so that the test's own output stays readable. */
const ARGS = ['serve', '--log-level', 'error', '--log-format', 'json']

const STORAGE_BUSY = new StorageInUseError('/data', { pid: 42, url: 'http://127.0.0.1:5000' })

/** A promise that the test settles. */
class Gate {
  open: () => void = () => undefined
  fail: (error: Error) => void = () => undefined
  readonly passed = new Promise<void>((resolve, reject) => {
    this.open = resolve
    this.fail = reject
  })
}

/** A server that closes when it is told to. */
class SlowServer {
  readonly grace: number[] = []
  readonly clock = new FakeClock()
  readonly activity = new Activity(this.clock)
  readonly #closed = new Gate()

  readonly start: StartServer = async (): Promise<RunningServer> => ({
    addresses: ['http://127.0.0.1:1'],
    jobsAddress: undefined,
    metricsAddress: undefined,
    admin: {} as CacheAdmin,
    access: {} as Access,
    activity: this.activity,
    close: ({ graceMs }) => {
      this.grace.push(graceMs)
      return this.#closed.passed
    },
  })

  finishClosing(error?: Error): void {
    if (error === undefined) this.#closed.open()
    else this.#closed.fail(error)
  }
}

describe('serveUntilStopped', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s closes the server, gives readers 30 s, and exits 0',
    async (signal) => {
      const cli = new CliProcess()
      const server = new SlowServer()
      const exitCode = cli.run(ARGS, { start: server.start })
      await vi.waitFor(() => expect(cli.listenerCount(signal)).toBe(1))
      cli.signal(signal)
      await vi.waitFor(() => expect(server.grace).toEqual([30_000]))
      server.finishClosing()
      expect(await exitCode).toBe(0)
      expect(cli.exits).toEqual([])
      expect([cli.listenerCount('SIGTERM'), cli.listenerCount('SIGINT')]).toEqual([0, 0])
    },
  )

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('a second signal, %s, ends the process at once with %i', async (second, code) => {
    const cli = new CliProcess()
    const server = new SlowServer()
    const exitCode = cli.run(ARGS, { start: server.start })
    await vi.waitFor(() => expect(cli.listenerCount('SIGTERM')).toBe(1))
    cli.signal('SIGTERM')
    expect(cli.exits).toEqual([])
    cli.signal(second)
    expect(cli.exits).toEqual([code])
    server.finishClosing()
    await exitCode
  })

  test('a signal while the server starts is not lost', async () => {
    const cli = new CliProcess()
    const server = new SlowServer()
    const gate = new Gate()
    const start: StartServer = async (options) => {
      await gate.passed
      return server.start(options)
    }
    const exitCode = cli.run(ARGS, { start })
    await vi.waitFor(() => expect(cli.listenerCount('SIGINT')).toBe(1))
    cli.signal('SIGINT')
    gate.open()
    server.finishClosing()
    expect(await exitCode).toBe(0)
  })

  test('a server that does not close is ended after its deadline', async () => {
    const cli = new CliProcess()
    const server = new SlowServer()
    const exitCode = cli.run(ARGS, { start: server.start })
    await vi.waitFor(() => expect(cli.listenerCount('SIGTERM')).toBe(1))
    cli.signal('SIGTERM')
    await vi.waitFor(() => expect(cli.clock.sleeperCount).toBe(1))
    cli.clock.advance(39_999)
    expect(cli.exits).toEqual([])
    cli.clock.advance(1)
    expect(await exitCode).toBe(1)
    expect(cli.exits).toEqual([1])
  })

  const failures: [what: string, error: Error, code: number, want: RegExp][] = [
    [
      'a storage in use',
      STORAGE_BUSY,
      2,
      /^entrepot: the storage \/data is in use by process 42.*http:\/\/127.0.0.1:5000/,
    ],
    [
      'an unknown failure',
      new Error('no socket', { cause: new Error('EADDRINUSE') }),
      1,
      /^entrepot: no socket: EADDRINUSE\n$/,
    ],
  ]
  test.each(failures)('%s is told, and ends it', async (_, error, code, want) => {
    const cli = new CliProcess()
    expect(await cli.run(ARGS, { start: () => Promise.reject(error) })).toBe(code)
    expect(cli.err).toMatch(want)
    expect(cli.listenerCount('SIGTERM')).toBe(0)
  })

  test('a failure to close is told', async () => {
    const cli = new CliProcess()
    const server = new SlowServer()
    const exitCode = cli.run(ARGS, { start: server.start })
    await vi.waitFor(() => expect(cli.listenerCount('SIGTERM')).toBe(1))
    cli.signal('SIGTERM')
    server.finishClosing(new Error('the catalog did not close'))
    expect(await exitCode).toBe(1)
    expect(cli.err).toBe('entrepot: the catalog did not close\n')
  })

  test('stops by itself when nobody has asked anything for so long', async () => {
    const cli = new CliProcess()
    const server = new SlowServer()
    const exitCode = cli.run([...ARGS, '--idle-exit', '5m'], { start: server.start })
    await vi.waitFor(() => expect(server.clock.sleeperCount).toBe(1))
    server.clock.advance(299_999)
    expect(server.grace).toEqual([])
    server.clock.advance(1)
    await vi.waitFor(() => expect(server.grace).toEqual([30_000]))
    server.finishClosing()
    expect(await exitCode).toBe(0)
  })

  test.each(['0s', '10ms', 'soon'])('an idle time of %s is refused', async (text) => {
    const cli = new CliProcess()
    expect(await cli.run([...ARGS, '--idle-exit', text])).toBe(2)
    expect(cli.err).toContain('expected a duration of at least a second')
  })
})

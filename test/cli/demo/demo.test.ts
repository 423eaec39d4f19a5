import { readdir } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { DemoStep } from '../../../src/cli/demo/run-demo.ts'
import type { StartServer } from '../../../src/cli/serve-until-stopped.ts'
import { systemClock } from '../../../src/clock.ts'
import { startServer } from '../../../src/server/start.ts'
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts'
import { CliProcess } from '../cli-process.ts'

const START = { start: startServer, clock: systemClock }

interface Told {
  readonly steps: readonly DemoStep[]
  readonly isVerified: boolean
}

let folder: TempDir

beforeEach(async () => {
  folder = await makeTempDir()
  vi.stubEnv('TMPDIR', folder.path)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await folder[Symbol.asyncDispose]()
})

test('pulls go on without the upstream, with every digest verified', async () => {
  const cli = new CliProcess()
  expect(await cli.run(['demo', '--json'], START)).toBe(0)
  const { steps, isVerified }: Told = JSON.parse(cli.out)
  expect(isVerified).toBe(true)
  const told = steps.map(({ requests }) =>
    requests.map(({ outcome, upstreamRequests }) => `${outcome} ${upstreamRequests}`),
  )
  const hits = ['hit 0', 'hit 0', 'hit 0', 'hit 0']
  expect(told).toEqual([
    ['miss 1', 'miss 1', 'miss 1', 'miss 1', 'miss 1'],
    ['revalidated 1', ...hits],
    ['hit 0', ...hits],
    ['revalidated', 'miss', 'miss', 'hit', 'miss'].map(containing),
    ['stale 0', ...hits],
    ['hit 0', ...hits],
  ])
  expect(steps[3]?.requests.slice(1).map(({ upstreamRequests }) => upstreamRequests)).toEqual([1, 1, 0, 1])
  expect(cli.err).toBe('')
  expect(await readdir(folder.path)).toEqual([])
})

test('for people: a table, what it means, and what to do next', async () => {
  const cli = new CliProcess()
  expect(await cli.run(['demo'], START)).toBe(0)
  expect(cli.out).toMatch(/^REQUEST +OUTCOME +UPSTREAM +BYTES +TIME\nThe first pull/)
  expect(cli.out).toMatch(/The upstream is gone: by tag\nindex 1\.0 +stale +0 /)
  expect(cli.out).toContain('Every digest was verified')
  expect(cli.out).toContain('entrepot connect docker')
  expect(Math.max(...cli.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('what cannot be pulled is told, and the exit code is 1', async () => {
  const cli = new CliProcess()
  expect(await cli.run(['demo'], { ...START, start: withoutPulls })).toBe(1)
  expect(cli.out).toMatch(/index 1\.0 +status 401 /)
  expect(cli.out).toContain('6 requests failed')
})

test('Ctrl-C ends it, and leaves nothing behind', async () => {
  const cli = new CliProcess()
  const start: StartServer = async (options) => {
    const server = await startServer(options)
    cli.signal('SIGINT')
    return server
  }
  expect(await cli.run(['demo'], { ...START, start })).toBe(130)
  expect(await readdir(folder.path)).toEqual([])
  expect(cli.listenerCount('SIGINT')).toBe(0)
})

/** One of those who come together may be late, and find what the others brought. */
function containing(outcome: string): unknown {
  return expect.stringContaining(outcome)
}

/** A server that lets nobody in. */
const withoutPulls: StartServer = (options) => {
  const groups = new Map([
    ['default', { anonymousNetworks: [], repositories: undefined, upstreams: new Map() }],
  ])
  return startServer({ ...options, settings: { ...options.settings, groups } })
}

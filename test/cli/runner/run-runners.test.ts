import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../../src/clock.ts'
import { readScrape } from '../../support/scrape.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { CliProcess } from '../cli-process.ts'

/** A hundred times as fast. */
const QUICK: Clock = { now: Date.now, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) }

const runnerOf = (name: string, more = '') => `
[[runners]]
  name = "${name}"
  url = "http://127.0.0.1:1"
  token = "glrt-s3cret-of-${name}"
  executor = "docker"
${more}
  [runners.docker]
    host = "unix:///nowhere/docker.sock"
`

/** A runner whose engine is away. */
async function start(text: string | undefined) {
  const home = await makeTempDir()
  const file = join(home.path, 'config', 'config.toml')
  await mkdir(join(file, '..'))
  if (text !== undefined) await writeFile(file, text)
  const cli = new CliProcess()
  const args = ['runner', 'run', '--config', file, '--log-format', 'json', '--log-level', 'debug']
  const over = cli.run(args, { clock: QUICK, env: { HOME: home.path } })
  const lines = () =>
    cli.out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const of = (event: string) => lines().filter((line) => line.event === event)
  return {
    home,
    file,
    cli,
    over,
    of,
    seen: (event: string, times = 1) =>
      expect.poll(() => of(event).length, { interval: 5, timeout: 8000 }).toBeGreaterThanOrEqual(times),
    [Symbol.asyncDispose]: async () => {
      cli.signal('SIGTERM')
      await over
      await home[Symbol.asyncDispose]()
    },
  }
}

// The program loads it when it is asked for, which takes seconds on a busy machine.
beforeAll(() => import('../../../src/cli/runner/run-runners.ts').then(() => {}), 60_000)

test('names its runners and what it leaves alone, and waits for an engine that is away', async () => {
  await using run = await start(`concurrent = 4\nconcurent = 5\n${runnerOf('one')}`)
  await run.seen('runner.unusable')
  expect(run.of('runner.configured')).toMatchObject([{ concurrent: 4, runners: ['one'], file: run.file }])
  expect(run.of('runner.config_warning')[0]?.msg).toContain('config.toml:2: unknown key concurent')
  expect(JSON.stringify(run.of('runner.unusable')[0]?.err)).toContain('cannot use the Docker engine')
  expect(await readFile(join(run.file, '../.runner_system_id'), 'utf8')).toMatch(/^[sr]_\w{12}\n$/)
  expect(run.cli.out + run.cli.err).not.toContain('s3cret')
})

test('a file that is changed is read again; one with mistakes changes nothing and is named with line and key', async () => {
  await using run = await start(runnerOf('one'))
  await run.seen('runner.configured')
  await writeFile(run.file, `${runnerOf('one')}${runnerOf('two', '  limit = "many"')}`)
  await run.seen('runner.config_refused')
  expect(JSON.stringify(run.of('runner.config_refused')[0])).toMatch(/config.toml:\d+: runners\[1\].limit: /)
  expect(run.of('runner.configured')).toHaveLength(1)
  await writeFile(run.file, `${runnerOf('one')}${runnerOf('two')}`)
  await run.seen('runner.configured', 2)
  expect(run.of('runner.configured')[1]).toMatchObject({ runners: ['one', 'two'] })
  expect(run.of('runner.config_refused')).toHaveLength(1)
})

test('waits for a file that is not there yet, and reads it at once on SIGHUP', async () => {
  await using run = await start(undefined)
  await run.seen('runner.none')
  await writeFile(run.file, runnerOf('one'))
  run.cli.signal('SIGHUP')
  await run.seen('runner.configured')
})

test('tells metrics on listen_address, and elsewhere when that changes', async () => {
  const expires = '  token_expires_at = 2126-01-01T00:00:00Z\n  token_obtained_at = 2026-01-01T00:00:00Z\n'
  await using run = await start(`listen_address = "127.0.0.1:0"\n${runnerOf('one', expires)}`)
  await run.seen('runner.metrics_listening')
  const scrape = async (at: number) => {
    const { address } = run.of('runner.metrics_listening')[at] ?? {}
    return readScrape(await (await fetch(`${address}/metrics`)).text())
  }
  await run.seen('runner.unusable')
  expect((await scrape(0)).value('entrepot_runner_state{runner="one"}')).toBe(2)
  expect((await scrape(0)).value('entrepot_jobs_max')).toBe(1)
  const tokenExpires = 'entrepot_runner_token_expires_timestamp_seconds{runner="one"}'
  expect((await scrape(0)).value(tokenExpires)).toBe(Date.parse('2126-01-01T00:00:00Z') / 1000)
  await writeFile(run.file, `listen_address = "localhost:0"\nconcurrent = 7\n${runnerOf('two')}`)
  await run.seen('runner.metrics_listening', 2)
  const { value } = await scrape(1)
  expect(value('entrepot_jobs_max')).toBe(7)
  expect(value('entrepot_runner_state{runner="one"}')).toBeUndefined()
  expect(value('entrepot_runner_state{runner="two"}')).toBeDefined()
  await expect(scrape(0)).rejects.toThrow('fetch failed')
})

test('takes no runner that is not for Docker', async () => {
  await using run = await start(runnerOf('one').replace('"docker"', '"shell"'))
  await run.seen('runner.none')
  expect(run.of('runner.config_warning')[0]?.msg).toContain('only docker is supported')
})

test.each(['SIGQUIT', 'SIGTERM', 'SIGINT'] as const)('%s ends it with 0', async (signal) => {
  await using run = await start(runnerOf('one'))
  await run.seen('runner.unusable')
  run.cli.signal(signal)
  expect(await run.over).toBe(0)
  expect(run.cli.listenerCount('SIGTERM')).toBe(0)
  expect(run.of('runner.stopped')).toHaveLength(1)
})

test('a file that is wrong from the beginning ends it with 2', async () => {
  await using run = await start('concurrent = "many"')
  expect(await run.over).toBe(2)
  expect(run.cli.err).toContain('config.toml:1: concurrent: ')
})

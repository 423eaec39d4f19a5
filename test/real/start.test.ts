import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { buildDist } from '../support/real/build-dist.ts'
import { Daemon } from '../support/real/daemon.ts'
import { readScrape } from '../support/scrape.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const TIMEOUT_MS = 60_000

/** Its engine is away: no job is taken. */
const CONFIG = `
[[runners]]
  name = "one"
  url = "http://127.0.0.1:1"
  token = "glrt-s3cret-of-one"
  executor = "docker"
  [runners.docker]
    host = "unix:///nowhere/docker.sock"
`

interface LogLine {
  readonly event?: string
  readonly part?: string
  readonly [field: string]: unknown
}

let program: string

beforeAll(async () => {
  program = await buildDist()
}, TIMEOUT_MS)

interface Given {
  readonly config?: string
  readonly settings?: object
  readonly format?: 'json' | 'pretty'
}

async function start({ config = CONFIG, settings = {}, format = 'json' }: Given = {}) {
  const home = await makeTempDir()
  const storage = join(home.path, 'storage')
  await writeFile(join(home.path, 'config.toml'), config)
  await writeFile(join(home.path, 'entrepot.yaml'), dump({ listen: '127.0.0.1:0', ...settings }))
  const flags = ['--config', 'config.toml', '--storage', storage, '--log-format', format]
  const daemon = new Daemon({
    file: process.execPath,
    args: [program, 'start', ...flags],
    cwd: home.path,
    // What a shell may have of other commands: this one has its own cache.
    env: { HOME: home.path, XDG_CACHE_HOME: join(home.path, 'caches'), ENTREPOT_URL: 'http://127.0.0.1:1' },
  })
  const has = (event: string) => (line: string) => line.includes(`"${event}"`)
  return {
    daemon,
    storage,
    seen: async (event: string) => JSON.parse(await daemon.waitForLine(has(event), TIMEOUT_MS)) as LogLine,
    lines: () =>
      daemon.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine),
    cachePid: async () => JSON.parse(await readFile(join(storage, 'server.json'), 'utf8')).pid as number,
    [Symbol.asyncDispose]: async () => {
      await daemon.stop('SIGKILL')
      await home[Symbol.asyncDispose]()
    },
  }
}

/** Both parts have come as far as they come without an engine. */
async function startWhole(given?: Given) {
  const run = await start(given)
  await Promise.all([run.seen('server.listening'), run.seen('runner.unusable')])
  return run
}

const eventsOf = (lines: readonly LogLine[]) => lines.map(({ event }) => event)

describe('entrepot start', { timeout: TIMEOUT_MS }, () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGQUIT'] as const)(
    '%s to all processes of the group ends the runner, then the cache',
    async (signal) => {
      await using run = await startWhole()
      process.kill(await run.cachePid(), signal)
      expect(await run.daemon.stop(signal, TIMEOUT_MS)).toEqual({ code: 0, signal: null })
      const events = eventsOf(run.lines())
      const order = ['runner.stopped', 'server.stopping', 'server.stopped']
      expect(events.filter((event) => order.includes(event ?? ''))).toEqual(order)
    },
  )

  test('every line says which part it is from', async () => {
    await using run = await startWhole()
    await run.daemon.stop('SIGTERM', TIMEOUT_MS)
    for (const { event = '', part } of run.lines()) {
      expect([event, part]).toEqual([event, event.startsWith('runner.') ? 'runner' : 'cache'])
    }
    await using pretty = await start({ format: 'pretty' })
    await pretty.daemon.waitForLine((line) => / cache {2}listening on /.test(line), TIMEOUT_MS)
    await pretty.daemon.waitForLine((line) => / runner waiting for jobs/.test(line), TIMEOUT_MS)
  })

  test('the cache and the runner have metrics of their own', async () => {
    const config = `listen_address = "127.0.0.1:0"\n${CONFIG}`
    await using run = await startWhole({ config, settings: { metrics: { listen: '127.0.0.1:0' } } })
    const runner = await run.seen('runner.metrics_listening')
    const cache = await run.seen('metrics.listening')
    const scrape = async (address: unknown) =>
      readScrape(await (await fetch(`${address}/metrics`)).text()).names
    const [ofRunner, ofCache] = [await scrape(runner.address), await scrape(cache.address)]
    for (const name of ['entrepot_jobs_ended_total', 'entrepot_job_images_total', 'entrepot_runner_state'])
      expect([name, ofRunner.has(name), ofCache.has(name)]).toEqual([name, true, false])
    for (const name of ['entrepot_requests_total', 'entrepot_pulls_total', 'entrepot_credentials'])
      expect([name, ofRunner.has(name), ofCache.has(name)]).toEqual([name, false, true])
    for (const names of [ofRunner, ofCache]) expect(names).toContain('process_resident_memory_bytes')
  })

  test('when the cache is killed, the runner ends, and the code says how', async () => {
    await using run = await startWhole()
    process.kill(await run.cachePid(), 'SIGKILL')
    expect(await run.daemon.exited).toEqual({ code: 137, signal: null })
    expect(eventsOf(run.lines())).toContain('runner.stopped')
  })

  test('when the runner is killed, the cache stops as it should', async () => {
    await using run = await startWhole()
    // Resolves when nobody can write to its output any more.
    await run.daemon.stop('SIGKILL', TIMEOUT_MS)
    expect(eventsOf(run.lines())).toContain('server.stopped')
  })

  test('a second signal does not wait for what the cache has to end', async () => {
    const upstream = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => {
      upstream.closeAllConnections()
      upstream.close()
    })
    await once(upstream, 'listening')
    const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    await using run = await startWhole({ settings: { upstreams: { 'docker.io': { url } } } })
    const { addresses } = await run.seen('server.listening')
    const [address] = addresses as readonly string[]
    const asked = once(upstream, 'request')
    const reply = fetch(`${address}/v2/library/alpine/manifests/3`).catch(() => 'cut off')
    await asked
    const { pid } = run.daemon
    if (pid === undefined) throw new Error('it has not started')
    process.kill(pid, 'SIGINT')
    await run.seen('server.stopping')
    process.kill(pid, 'SIGINT')
    expect(await run.daemon.exited).toEqual({ code: 137, signal: null })
    expect(await reply).toBe('cut off')
    expect(eventsOf(run.lines())).not.toContain('server.stopped')
  })

  test.each([
    ['config.toml', { config: 'concurrent = "many"' }, 'config.toml:1: concurrent: '],
    ['entrepot.yaml', { settings: { listen: 5 } }, 'listen'],
  ])('a mistake in %s ends both with 2', async (_, given, told) => {
    await using run = await start(given)
    expect(await run.daemon.exited).toEqual({ code: 2, signal: null })
    expect(run.daemon.lines.join('\n')).toContain(told)
  })

  test('a cache that cannot start ends the runner with its code', async () => {
    await using first = await startWhole()
    const { addresses } = await first.seen('server.listening')
    const [address = ''] = addresses as readonly string[]
    await using second = await start({ settings: { listen: new URL(address).host } })
    expect(await second.daemon.exited).toEqual({ code: 1, signal: null })
    expect(second.daemon.lines.join('\n')).toContain('EADDRINUSE')
    expect(eventsOf(second.lines())).toContain('runner.stopped')
  })
})

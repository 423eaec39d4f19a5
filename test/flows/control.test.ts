import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dump } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { isListening } from '../../src/cli/server-client.ts'
import { buildDist } from '../support/real/build-dist.ts'
import { startEntrepot } from '../support/real/entrepot-process.ts'
import { makeGate, startScriptedUpstream } from '../support/scripted-upstream.ts'

const MIB = 1024 * 1024
const TIMEOUT_MS = 60_000

interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The real command line, in a process of its own. */
async function entrepot(...args: string[]): Promise<Finished> {
  const program = await buildDist()
  const run = promisify(execFile)(process.execPath, [program, ...args], { timeout: TIMEOUT_MS })
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Finished) => error,
  )
}

describe('a server that was killed', () => {
  test('leaves a socket that stands in nobody’s way', { timeout: TIMEOUT_MS }, async () => {
    await using upstream = await startScriptedUpstream()
    await using server = await startEntrepot({ upstreams: { 'docker.io': upstream.url } })
    const storage = ['--storage', server.storage]
    const socket = join(server.storage, 'control.sock')
    upstream.addImage('library/redis', { tags: ['7'] })
    expect(await entrepot('cache', 'warm', 'redis:7', ...storage)).toMatchObject({ code: 0, stderr: '' })
    await server.kill('SIGKILL')
    expect((await stat(socket)).isSocket()).toBe(true)
    expect(await isListening(socket)).toBe(false)

    const stopped = await entrepot('cache', 'list', ...storage)
    expect(stopped).toMatchObject({ code: 0, stdout: expect.stringContaining('docker.io/library/redis:7') })
    await server.start()
    expect((await stat(socket)).mode & 0o777).toBe(0o600)
    const running = await entrepot('cache', 'show', 'redis:7', '--json', ...storage)
    expect(JSON.parse(running.stdout)).toMatchObject({ name: 'docker.io/library/redis:7' })
  })
})

describe('a second server', () => {
  test('leaves the socket to the first', { timeout: TIMEOUT_MS }, async () => {
    await using upstream = await startScriptedUpstream()
    await using server = await startEntrepot({ upstreams: { 'docker.io': upstream.url } })
    const storage = ['--storage', server.storage]
    expect(await entrepot('serve', '--listen', '127.0.0.1:0', ...storage)).toMatchObject({ code: 2 })
    expect(await entrepot('cache', 'list', ...storage)).toMatchObject({ code: 0 })
    expect(await server.stop()).toMatchObject({ code: 0 })
    expect(await isListening(join(server.storage, 'control.sock'))).toBe(false)
  })
})

describe('Ctrl-C while warming', () => {
  test('ends the command; a running server goes on', { timeout: TIMEOUT_MS }, async () => {
    await using upstream = await startScriptedUpstream()
    await using server = await startEntrepot({ upstreams: { 'docker.io': upstream.url } })
    const { code, layer } = await interruptedWarm(upstream, ['--storage', server.storage])
    expect(code).toBe(130)
    await expect
      .poll(() => server.logs.filter(({ event }) => event === 'blob.committed').map(({ digest }) => digest))
      .toContain(layer)
  })

  test('suspends the download on a stopped storage, to be resumed', { timeout: TIMEOUT_MS }, async () => {
    await using upstream = await startScriptedUpstream()
    await using server = await startEntrepot({ upstreams: { 'docker.io': upstream.url } })
    await server.stop()
    const config = join(server.storage, 'stopped.yaml')
    const upstreams = { 'docker.io': { url: upstream.url } }
    await writeFile(config, dump({ storage: { path: server.storage }, upstreams }))
    const { code, layer } = await interruptedWarm(upstream, ['--config', config])
    expect(code).toBe(130)
    upstream.clearFaults()
    expect(await entrepot('cache', 'warm', 'app:1', '--config', config)).toMatchObject({ code: 0 })
    const asked = upstream.requests.filter(({ path }) => path.endsWith(layer))
    expect(asked.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)])
  })
})

async function interruptedWarm(
  upstream: Awaited<ReturnType<typeof startScriptedUpstream>>,
  flags: readonly string[],
): Promise<{ code: number; layer: string }> {
  const { layers } = upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(4 * MIB)] })
  const layer = layers[0]?.digest ?? ''
  const gate = makeGate()
  const hold = { kind: 'hold', until: gate.promise, afterBytes: 2 * MIB } as const
  upstream.fault({ match: { path: new RegExp(layer) }, do: hold })
  const child = spawn(process.execPath, [await buildDist(), 'cache', 'warm', 'app:1', ...flags], {
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  await upstream.waitFor({ path: new RegExp(layer) })
  await expect.poll(() => upstream.requests.find(({ path }) => path.endsWith(layer))?.bytesSent).toBe(2 * MIB)
  child.kill('SIGINT')
  const [code] = await ended
  gate.open()
  return { code, layer }
}

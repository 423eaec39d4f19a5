import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createListener } from 'node:net'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { expect, test } from 'vitest'
import type { Finding } from '../../../src/cli/doctor/finding.ts'
import { systemClock } from '../../../src/clock.ts'
import { BUILT_IN_UPSTREAMS } from '../../../src/config/defaults.ts'
import { startScriptedUpstream } from '../../support/scripted-upstream.ts'
import { startProxy } from '../../support/start-proxy.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { testCertificate } from '../../support/tls/certificate.ts'
import { CliProcess } from '../cli-process.ts'

const NO_ENGINE = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }

interface Told {
  readonly code: number
  readonly checks: readonly Finding[]
}

async function doctor(flags: readonly string[], env: NodeJS.ProcessEnv = NO_ENGINE): Promise<Told> {
  const cli = new CliProcess()
  const code = await cli.run(['doctor', '--json', ...flags], { env, clock: systemClock })
  const { checks, isHealthy }: { checks: Finding[]; isHealthy: boolean } = JSON.parse(cli.out)
  expect(isHealthy).toBe(code === 0)
  return { code, checks }
}

function of(check: string, { checks }: Told): Finding[] {
  return checks.filter((finding) => finding.check === check)
}

test('a server that runs, with everything in place', async () => {
  await using upstream = await startScriptedUpstream()
  await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  const told = await doctor(['--storage', proxy.storagePath])
  expect(told.code).toBe(0)
  expect(told.checks.map(({ check, status }) => [check, status])).toEqual([
    ['node', 'ok'],
    ['server', 'ok'],
    ['storage', 'ok'],
    ['upstream', 'ok'],
    ['clock', 'ok'],
    ['docker', 'ok'],
  ])
  expect(of('server', told)[0]?.message).toContain(`runs at ${proxy.url}`)
  expect(upstream.requests.map(({ path }) => path)).toEqual(['/v2/'])
})

test('a server that has a certificate for another name than its address', async () => {
  await using dir = await makeTempDir()
  await using upstream = await startScriptedUpstream()
  const { cert, key } = testCertificate()
  const tls = { certFile: join(dir.path, 'cert.pem'), keyFile: join(dir.path, 'key.pem') }
  await writeFile(tls.certFile, cert)
  await writeFile(tls.keyFile, key)
  await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url }, tls })
  const told = await doctor(['--storage', proxy.storagePath])
  expect(of('server', told)).toMatchObject([
    { status: 'ok', message: expect.stringContaining(`runs at ${proxy.url.replace('http:', 'https:')}`) },
  ])
})

test('an upstream that is gone: the line says so, and the exit code is 1', async () => {
  await using upstream = await startScriptedUpstream()
  await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  await upstream.stop()
  const cli = new CliProcess()
  const options = { env: NO_ENGINE, clock: systemClock }
  expect(await cli.run(['doctor', '--storage', proxy.storagePath], options)).toBe(1)
  expect(cli.out).toMatch(
    /^fail {2}upstream {2}docker\.io cannot be reached: ECONNREFUSED\n {16}-> what is cached/m,
  )
})

test('no server: whether one could start', async () => {
  await using dir = await makeTempDir()
  await using upstream = await startScriptedUpstream()
  const taken = createListener().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const listen = `127.0.0.1:${port}`
  const config = await settingsFile(dir.path, upstream.url, { listen, storage: { path: 'deep/storage' } })

  const occupied = await doctor(['--config', config])
  expect(occupied.code).toBe(1)
  expect(of('server', occupied)).toMatchObject([
    { status: 'fail', message: expect.stringContaining('EADDRINUSE') },
  ])
  expect(of('storage', occupied)).toMatchObject([
    { status: 'ok', message: expect.stringContaining('is not there yet') },
  ])

  taken.close()
  await once(taken, 'close')
  const free = await doctor(['--config', config])
  expect(free.code).toBe(0)
  expect(of('server', free)).toMatchObject([
    { status: 'warn', message: `does not run; 127.0.0.1:${port} is free` },
  ])
})

test('the engine is asked what it has, and whether it reaches the server', async () => {
  await using dir = await makeTempDir()
  await using upstream = await startScriptedUpstream()
  await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  const asked: string[] = []
  const engine = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const replies: Record<string, [status: number, body: object]> = {
      '/info': [200, { ServerVersion: '26.1.5', RegistryConfig: { Mirrors: [`${proxy.url}/`] } }],
      '/auth': [500, { message: 'connection refused' }],
    }
    const [status, body] = replies[request.url ?? ''] ?? [404, { message: 'no such image' }]
    response.writeHead(status).end(JSON.stringify(body))
  })
  const socket = join(dir.path, 'docker.sock')
  engine.listen(socket)
  await once(engine, 'listening')
  try {
    const told = await doctor(['--storage', proxy.storagePath, '--pull', 'library/x:1'], {
      DOCKER_HOST: `unix://${socket}`,
    })
    expect(told.code).toBe(1)
    expect(of('docker', told).map(({ status, message }) => [status, message])).toEqual([
      ['ok', `engine 26.1.5 has ${proxy.url} as its mirror`],
      ['fail', `the engine does not get through to ${new URL(proxy.url).host}: connection refused`],
      ['fail', expect.stringContaining('library/x:1: no such image')],
    ])
    expect(asked.map((line) => line.split('?')[0])).toEqual([
      'GET /info',
      'POST /auth',
      'POST /images/create',
    ])
  } finally {
    engine.close()
  }
})

test('a storage that cannot be made is told before a server is started', async () => {
  await using dir = await makeTempDir()
  await using upstream = await startScriptedUpstream()
  await writeFile(join(dir.path, 'file'), '')
  const storage = { path: 'file/storage' }
  const config = await settingsFile(dir.path, upstream.url, { listen: '127.0.0.1:0', storage })
  const told = await doctor(['--config', config])
  expect(told.code).toBe(1)
  expect(of('storage', told)).toMatchObject([{ status: 'fail' }])
})

/** Settings of which every upstream is here. */
async function settingsFile(dir: string, upstreamUrl: string, settings: object): Promise<string> {
  const config = join(dir, 'entrepot.yaml')
  const upstreams = Object.fromEntries(
    [...BUILT_IN_UPSTREAMS.keys()].map((name) => [name, { url: upstreamUrl }]),
  )
  await writeFile(config, dump({ ...settings, upstreams }))
  return config
}

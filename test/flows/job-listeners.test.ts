import { request } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { jobListenerReply } from '../../src/server/schemas/job-listener.ts'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'
import { startControlled } from '../support/start-controlled.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'

interface Told {
  readonly status: number
  readonly body: unknown
}

/** One request to control.sock. */
function control(proxy: RunningProxy, method: string, path: string, body?: object): Promise<Told> {
  return new Promise((resolve, reject) => {
    const socketPath = join(proxy.storagePath, 'control.sock')
    const headers = { 'content-type': 'application/json' }
    const asked = request({ socketPath, method, path: `/api/v1/${path}`, headers }, async (reply) => {
      const chunks: Buffer[] = []
      for await (const chunk of reply) chunks.push(chunk)
      resolve({ status: reply.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) })
    })
    asked.once('error', reject)
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

test('jobs.listen demands credentials where listen lets in without, and engines are told where to log in', async () => {
  await using upstream = await startScriptedUpstream()
  upstream.addImage('library/app', { tags: ['1'] })
  await using proxy = await startProxy({
    upstreams: { 'docker.io': upstream.url },
    jobs: { listen: { host: '127.0.0.1', port: 0 } },
  })
  const path = '/v2/default/dependency_proxy/containers/library/app/manifests/1'
  expect((await proxy.get('/v2/')).status).toBe(200)
  expect((await proxy.get(path)).status).toBe(200)
  const refused = await fetch(`${proxy.jobsUrl}/v2/`)
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).toContain(`realm="${proxy.jobsUrl}/jwt/auth"`)
  expect((await fetch(`${proxy.jobsUrl}${path}`)).status).toBe(401)
})

describe('an address for jobs', () => {
  test('demands credentials where the same server lets others in without', async () => {
    await using controlled = await startControlled()
    const { proxy, upstream } = controlled
    upstream.addImage('library/app', { tags: ['1'] })
    const told = await control(proxy, 'POST', 'job-listeners', { host: '127.0.0.1' })
    const { address } = jobListenerReply.parse(told.body)
    const path = '/v2/default/dependency_proxy/containers/library/app/manifests/1'
    expect((await proxy.get(path)).status).toBe(200)
    expect((await fetch(`http://${address}${path}`)).status).toBe(401)
    expect((await fetch(`http://${address}/v2/`)).status).toBe(401)
    expect((await fetch(`http://${address}/api/v1/upstreams`)).status).toBe(403)
    expect((await fetch(`http://${address}/jwt/auth?service=dependency_proxy`)).status).toBe(401)

    const issued = await control(proxy, 'POST', 'job-credentials/mint', {
      group: 'default',
      repositories: [],
    })
    const { secret } = issued.body as { secret: string }
    const authorization = `Basic ${Buffer.from(`gitlab-ci-token:${secret}`).toString('base64')}`
    expect((await fetch(`http://${address}${path}`, { headers: { authorization } })).status).toBe(200)
  })

  test('is the same for every job, and another for another host', async () => {
    await using controlled = await startControlled()
    const open = async (host: string) =>
      (await control(controlled.proxy, 'POST', 'job-listeners', { host })).body
    const first = await open('127.0.0.1')
    expect(await open('127.0.0.1')).toEqual(first)
    expect(await open('127.0.0.2')).not.toEqual(first)
  })

  test.each(['192.0.2.1', 'bridge', ''])('%j is refused', async (host) => {
    await using controlled = await startControlled()
    expect(await control(controlled.proxy, 'POST', 'job-listeners', { host })).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid' } },
    })
  })
})

describe('whoever is attached', () => {
  test('keeps the server from being idle, and is told when it goes', async () => {
    await using controlled = await startControlled()
    const { proxy } = controlled
    const socketPath = join(proxy.storagePath, 'control.sock')
    const lines: string[] = []
    const ended = new Promise<void>((resolve, reject) => {
      const asked = request({ socketPath, path: '/api/v1/attach' }, (reply) => {
        reply.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
        reply.once('end', resolve)
      })
      asked.once('error', reject)
      asked.end()
    })
    await expect.poll(() => lines).toEqual(['{"type":"attached"}\n'])
    await proxy.stop(30_000)
    await ended
  })
})

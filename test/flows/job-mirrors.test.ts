import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ProxyApi, ProxyRefusal } from '../../src/executor/proxy/proxy-api.ts'
import { mintReply, mirrorReply } from '../../src/executor/proxy/replies.ts'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'
import { startControlled } from '../support/start-controlled.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'

const CREDENTIALS = '/api/v1/job-credentials'
const HERE = { host: '127.0.0.1', networks: ['127.0.0.0/8'] }
const APP = '/v2/library/app/manifests/1'

/** What a runner does for its jobs, over control.sock. */
class Runner implements AsyncDisposable {
  readonly #api: ProxyApi

  constructor({ storagePath }: RunningProxy) {
    this.#api = new ProxyApi({ kind: 'socket', path: join(storagePath, 'control.sock') })
  }

  async mint(order: object = {}): Promise<string> {
    const told = await this.#api.ask('POST', CREDENTIALS, { group: 'default', jobId: '17', ...order })
    return mintReply.parse(told).id
  }

  async open(id: string, place: object = HERE): Promise<string> {
    const told = await this.#api.ask('POST', `${CREDENTIALS}/${id}/mirror`, place)
    return mirrorReply.parse(told).address
  }

  async pulls(id: string): Promise<unknown> {
    return await this.#api.ask('GET', `${CREDENTIALS}/${id}/pulls`)
  }

  async revoke(id: string): Promise<void> {
    await this.#api.ask('DELETE', `${CREDENTIALS}/${id}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api.close()
  }
}

/** @returns undefined when nobody answers there */
async function statusOf(address: string, path: string, headers = {}): Promise<number | undefined> {
  try {
    return (await fetch(`http://${address}${path}`, { headers })).status
  } catch {
    return undefined
  }
}

describe('the mirror of a job', () => {
  test('asks nobody for credentials, and answers as the job', async () => {
    await using controlled = await startControlled()
    controlled.upstream.addImage('library/app', { tags: ['1'] })
    await using runner = new Runner(controlled.proxy)
    const id = await runner.mint()
    const address = await runner.open(id)
    expect(await statusOf(address, '/v2/')).toBe(200)
    expect(await statusOf(address, APP)).toBe(200)
    expect(await runner.pulls(id)).toMatchObject([{ reference: 'docker.io/library/app:1', outcome: 'miss' }])
  })

  test('gives what the job may have, and nothing else, whatever is shown', async () => {
    await using upstream = await startScriptedUpstream()
    upstream.addImage('library/app', { tags: ['1'] })
    upstream.addImage('library/other', { tags: ['1'] })
    const groups = { acme: { repositories: ['docker.io/library/app'] } }
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url }, groups })
    await using runner = new Runner(proxy)
    const address = await runner.open(await runner.mint({ group: 'acme' }))
    const groupsOfToken = [parseGroupPath('default')]
    const token = { name: 'other', role: 'pull', repositories: [], expiresAt: undefined } as const
    const { secret } = await proxy.access.credentials.createToken({ ...token, groups: groupsOfToken })
    const shown = { authorization: `Basic ${Buffer.from(`x:${secret}`).toString('base64')}` }
    expect(await statusOf(address, APP)).toBe(200)
    for (const headers of [{}, shown, { authorization: 'Basic bm9ib2R5Og==' }])
      expect(await statusOf(address, '/v2/library/other/manifests/1', headers)).toBe(403)
    const prefix = '/v2/default/dependency_proxy/containers/library/app/manifests/1'
    expect(await statusOf(address, prefix)).toBe(404)
    expect(await statusOf(address, '/api/v1/upstreams')).toBe(403)
    expect(await statusOf(address, '/jwt/auth?service=dependency_proxy')).toBe(401)
  })

  test('lets in nobody from elsewhere', async () => {
    await using controlled = await startControlled()
    await using runner = new Runner(controlled.proxy)
    const place = { host: '127.0.0.1', networks: ['127.0.0.2/32'] }
    const address = await runner.open(await runner.mint(), place)
    const from = (localAddress: string) =>
      new Promise<string>((resolve) => {
        const socket = connect({
          host: '127.0.0.1',
          port: Number(new URL(`http://${address}`).port),
          localAddress,
        })
        let told = ''
        socket.on('data', (chunk) => {
          told += chunk
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve(told.slice(0, 12)))
        socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      })
    expect(await from('127.0.0.2')).toBe('HTTP/1.1 200')
    expect(await from('127.0.0.3')).toBe('')
  })

  test('is one for each job, and ends with its credential', async () => {
    await using controlled = await startControlled()
    await using runner = new Runner(controlled.proxy)
    const [one, other] = [await runner.mint(), await runner.mint()]
    const addresses = [await runner.open(one), await runner.open(other)]
    expect(await runner.open(one)).toBe(addresses[0])
    expect(addresses[1]).not.toBe(addresses[0])
    await runner.revoke(one)
    await expect.poll(() => statusOf(addresses[0] ?? '', '/v2/')).toBeUndefined()
    expect(await statusOf(addresses[1] ?? '', '/v2/')).toBe(200)
    await expect(runner.open(one)).rejects.toMatchObject({ status: 404 })
  })

  test('ends when the credential does by itself', async () => {
    await using controlled = await startControlled()
    await using runner = new Runner(controlled.proxy)
    const address = await runner.open(await runner.mint({ ttl: '1m' }))
    expect(await statusOf(address, '/v2/')).toBe(200)
    controlled.proxy.clock.advance(60_000)
    await expect.poll(() => statusOf(address, '/v2/')).toBeUndefined()
  })

  test('ends with the server', async () => {
    await using controlled = await startControlled()
    const runner = new Runner(controlled.proxy)
    const address = await runner.open(await runner.mint())
    await runner[Symbol.asyncDispose]()
    await controlled.proxy.stop(0)
    expect(await statusOf(address, '/v2/')).toBeUndefined()
  })

  test.each([
    [{ host: '192.0.2.1', networks: ['127.0.0.0/8'] }, /cannot listen on 192\.0\.2\.1/],
    [{ host: 'bridge', networks: ['127.0.0.0/8'] }, /no IP address/],
    [{ host: '127.0.0.1', networks: ['everywhere'] }, /not a network/],
    [{ host: '127.0.0.1', networks: [] }, /networks/],
    [{ host: '127.0.0.1' }, /networks/],
  ])('%j is refused, and the next is not', async (place, message) => {
    await using controlled = await startControlled()
    await using runner = new Runner(controlled.proxy)
    const id = await runner.mint()
    const refused = await runner.open(id, place).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ProxyRefusal)
    expect(refused).toMatchObject({ status: 400, message: expect.stringMatching(message) })
    expect(await statusOf(await runner.open(id), '/v2/')).toBe(200)
  })
})

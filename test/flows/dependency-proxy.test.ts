import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type JobAccess, ProxyUnavailable } from '../../src/executor/dependency-proxy.ts'
import { HttpDependencyProxy } from '../../src/executor/proxy/http-dependency-proxy.ts'
import { ProxyApi, type ProxyEndpoint } from '../../src/executor/proxy/proxy-api.ts'
import { loopbackId } from '../../src/loopback-id.ts'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { RecordLog } from '../support/record-log.ts'
import { type Controlled, startControlled } from '../support/start-controlled.ts'
import type { RunningProxy } from '../support/start-proxy.ts'

const ORDER = { jobId: '17', group: undefined, ttlMs: 3_600_000, upstreamAuth: new Map() }
const ENGINE = '127.0.0.1:4999'
const JOB = '172.17.0.1:4998'

interface Asked {
  readonly proxy: HttpDependencyProxy
  readonly log: RecordLog
  close(): Promise<void>
}

function ask(endpoint: ProxyEndpoint, loopback?: string): Asked {
  const api = new ProxyApi(endpoint)
  const log = new RecordLog()
  const addresses = { engine: ENGINE, job: JOB, isJobSecure: false, api: [] }
  return {
    proxy: new HttpDependencyProxy({ api, addresses, hasMirrors: endpoint.kind === 'socket', loopback, log }),
    log,
    close: () => api.close(),
  }
}

function overSocket(server: RunningProxy): ProxyEndpoint {
  return { kind: 'socket', path: join(server.storagePath, 'control.sock') }
}

async function overHttp(server: RunningProxy, role: 'runner' | 'pull'): Promise<ProxyEndpoint> {
  const groups = [parseGroupPath('default')]
  const order = { name: 'ci', role, groups, repositories: [], expiresAt: undefined }
  const { secret } = await server.access.credentials.createToken(order)
  return { kind: 'http', url: new URL(server.url), token: secret }
}

function variableOf(access: JobAccess, key: string): string | undefined {
  return access.variables.find((variable) => variable.key === key)?.value
}

/** Pulls what the engine would, at the address where the server really is. */
function pull(server: RunningProxy, access: JobAccess, image: string): Promise<Response> {
  const routed = access.route(image)
  if (routed === undefined) throw new Error(`${image} is not fronted`)
  const [, name, tag] = /^[^/]+\/(.*):([^:]+)$/.exec(routed.reference) ?? []
  const login = Buffer.from(`${routed.login.username}:${routed.login.password}`).toString('base64')
  return server.get(`/v2/${name}/manifests/${tag}`, { authorization: `Basic ${login}` })
}

describe.each(['control.sock', 'HTTP with a runner’s token'])('a job’s access, over %s', (way) => {
  const open = async ({ proxy }: Controlled): Promise<Asked> =>
    ask(way === 'control.sock' ? overSocket(proxy) : await overHttp(proxy, 'runner'))

  test('opens what the proxy fronts, until it is revoked', async () => {
    await using controlled = await startControlled()
    controlled.upstream.addImage('library/app', { tags: ['1'] })
    const asked = await open(controlled)
    const access = await asked.proxy.mint(ORDER)
    expect(access.route('app:1')).toMatchObject({
      reference: `${ENGINE}/default/dependency_proxy/containers/app:1`,
      canonical: 'docker.io/library/app:1',
      login: { username: 'gitlab-ci-token' },
    })
    expect(access.route('unknown.example/app:1')).toBeUndefined()
    expect(await access.pulls()).toEqual([])
    const pulled = await pull(controlled.proxy, access, 'app:1')
    expect(pulled.status).toBe(200)
    expect(await access.pulls()).toEqual([
      {
        reference: 'docker.io/library/app:1',
        digest: pulled.headers.get('docker-content-digest'),
        outcome: 'miss',
        bytes: (await pulled.arrayBuffer()).byteLength,
        upstreamRequests: expect.any(Number),
      },
    ])

    await access.revoke()
    await access.revoke()
    expect((await pull(controlled.proxy, access, 'app:1')).status).toBe(401)
    expect(asked.log.lines).toEqual([])
    await asked.close()
  })

  test('tells jobs where containers find it', async () => {
    await using controlled = await startControlled()
    const asked = await open(controlled)
    const access = await asked.proxy.mint(ORDER)
    expect(variableOf(access, 'CI_DEPENDENCY_PROXY_SERVER')).toBe(JOB)
    for (const key of ['GROUP', 'DIRECT_GROUP']) {
      const prefix = variableOf(access, `CI_DEPENDENCY_PROXY_${key}_IMAGE_PREFIX`)
      expect(prefix).toBe(`${JOB}/default/dependency_proxy/containers`)
      expect(access.route(`${prefix}/redis:7`)?.reference).toBe(
        `${ENGINE}/default/dependency_proxy/containers/redis:7`,
      )
    }
    expect(access.variables.filter(({ isMasked }) => isMasked).map(({ key }) => key)).toEqual([
      'CI_DEPENDENCY_PROXY_PASSWORD',
    ])
    await asked.close()
  })

  test('a group that is not there is named', async () => {
    await using controlled = await startControlled()
    const asked = await open(controlled)
    const refused = asked.proxy.mint({ ...ORDER, group: 'acme' })
    await expect(refused).rejects.toThrow(ProxyUnavailable)
    await expect(refused).rejects.toThrow(/no credential for the group acme: .*acme/)
    await asked.close()
  })
})

test('opens a mirror where it can listen, which goes with the access', async () => {
  await using controlled = await startControlled()
  const place = { host: '127.0.0.1', networks: ['127.0.0.0/8'] }
  const near = ask(overSocket(controlled.proxy))
  const access = await near.proxy.mint(ORDER)
  const address = await access.openMirror(place)
  expect((await fetch(`http://${address}/v2/`)).status).toBe(200)
  const elsewhere = access.openMirror({ ...place, host: '192.0.2.1' })
  await expect(elsewhere).resolves.toBe(address)
  await access.revoke()
  await expect(access.openMirror(place)).rejects.toThrow(ProxyUnavailable)
  await near.close()

  const far = ask(await overHttp(controlled.proxy, 'runner'))
  expect(await (await far.proxy.mint(ORDER)).openMirror(place)).toBeUndefined()
  await far.close()
})

describe('an engine that pulls at 127.0.0.1', () => {
  const hostOf = (access: JobAccess): string => access.route('app:1')?.reference.split('/')[0] ?? ''

  test('is sent to a port of the server that demands the login of the job', async () => {
    await using controlled = await startControlled()
    const { proxy, upstream } = controlled
    upstream.addImage('library/app', { tags: ['1'] })
    const asked = ask(await overHttp(proxy, 'runner'), await loopbackId())
    const access = await asked.proxy.mint(ORDER)
    const host = hostOf(access)
    expect(host).toMatch(/^127\.0\.0\.1:\d+$/)
    expect([ENGINE, new URL(proxy.url).host]).not.toContain(host)
    expect((await proxy.get('/v2/')).status).toBe(200)
    expect((await fetch(`http://${host}/v2/`)).status).toBe(401)
    const { username, password } = access.route('app:1')?.login ?? { username: '', password: '' }
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    expect((await fetch(`http://${host}/v2/`, { headers: { authorization } })).status).toBe(200)
    // What a job writes under the other address is the same cache's.
    expect(access.route(`${new URL(proxy.url).host}/library/app:1`)?.reference).toBe(`${host}/library/app:1`)

    expect(hostOf(await asked.proxy.mint(ORDER))).toBe(host)
    await asked.close()
  })

  test.each([
    ['of another machine, behind a tunnel', 'f'.repeat(64)],
    ['of a system that does not tell', undefined],
  ])('%s is left at the address that is known', async (_, loopback) => {
    await using controlled = await startControlled()
    const asked = ask(await overHttp(controlled.proxy, 'runner'), loopback)
    expect(hostOf(await asked.proxy.mint(ORDER))).toBe(ENGINE)
    await asked.close()
  })
})

describe('no access', () => {
  test('with a token that may only pull: the message names the setting', async () => {
    await using controlled = await startControlled()
    const asked = ask(await overHttp(controlled.proxy, 'pull'))
    await expect(asked.proxy.mint(ORDER)).rejects.toThrow(/token_file in \[runners\.entrepot\]/)
    await asked.close()
  })

  test('where nobody listens', async () => {
    const asked = ask({ kind: 'http', url: new URL('http://127.0.0.1:1'), token: 'secret-token' })
    const refused = await asked.proxy.mint(ORDER).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ProxyUnavailable)
    expect(String(refused)).toContain('http://127.0.0.1:1 does not answer')
    expect(String(refused)).not.toContain('secret-token')
    await asked.close()
  })

  test('where something else answers', async () => {
    await using controlled = await startControlled()
    const asked = ask({ kind: 'http', url: new URL(controlled.upstream.url), token: 'x' })
    await expect(asked.proxy.mint(ORDER)).rejects.toThrow(ProxyUnavailable)
    await asked.close()
  })
})

test('a credential that cannot be revoked is told to the log, and to nobody else', async () => {
  await using controlled = await startControlled()
  const asked = ask(overSocket(controlled.proxy))
  const access = await asked.proxy.mint(ORDER)
  await controlled.proxy.stop(0)
  await access.revoke()
  expect(asked.log.of('job_credential.left')).toHaveLength(1)
  await asked.close()
})

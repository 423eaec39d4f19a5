import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '../../src/auth/credential.ts'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'

const PATH = '/api/v1/job-credentials'
const KIB = 1024

interface Minted {
  readonly id: string
  readonly expiresAt: string
  readonly variables: Readonly<Record<string, string>>
}

let upstream: ScriptedUpstream
let proxy: RunningProxy
let runner: string

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(100)] })
  proxy = await startProxy({
    upstreams: { 'docker.io': upstream.url },
    groups: { acme: { anonymousNetworks: [] }, 'acme/web': {}, other: {} },
    trustedProxies: ['127.0.0.2/32'],
  })
  runner = await token('runner', ['acme'])
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function token(role: Role, groups: readonly string[], repositories: readonly string[] = []) {
  const order = { name: role, role, groups: groups.map(parseGroupPath), repositories, expiresAt: undefined }
  return (await proxy.access.credentials.createToken(order)).secret
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })
const basic = (secret: string) => ({
  authorization: `Basic ${Buffer.from(`any:${secret}`).toString('base64')}`,
})

function ask(method: string, path: string, headers: Record<string, string>, body?: unknown) {
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  return fetch(`${proxy.url}${path}`, { method, headers: { ...type, ...headers }, ...sent })
}

const mint = (body: unknown, headers = bearer(runner)) => ask('POST', PATH, headers, body)

async function minted(body: unknown, headers = bearer(runner)): Promise<Minted> {
  const reply = await mint(body, headers)
  expect(reply.status).toBe(201)
  return (await reply.json()) as Minted
}

async function refusal(reply: Response): Promise<[status: number, code: string]> {
  const body = (await reply.json()) as { error: { code: string; message: string } }
  expect(body.error.message).not.toBe('')
  return [reply.status, body.error.code]
}

async function pullAs(secret: string | undefined, group: string): Promise<number> {
  const path = `/v2/${group}/dependency_proxy/containers/library/app/manifests/1`
  return (await proxy.get(path, basic(secret ?? ''))).status
}

describe('a runner', () => {
  test('mints a credential for a job, which pulls by the variables, and ends it', async () => {
    const { id, expiresAt, variables } = await minted({ group: 'acme/web', jobId: '17' })
    const host = new URL(proxy.url).host
    expect(expiresAt).toBe('2026-01-01T01:00:00.000Z')
    expect(variables).toEqual({
      CI_DEPENDENCY_PROXY_USER: 'gitlab-ci-token',
      CI_DEPENDENCY_PROXY_PASSWORD: expect.stringMatching(/^epj_/),
      CI_DEPENDENCY_PROXY_SERVER: host,
      CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX: `${host}/acme/dependency_proxy/containers`,
      CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX: `${host}/acme/web/dependency_proxy/containers`,
    })
    const secret = variables.CI_DEPENDENCY_PROXY_PASSWORD
    expect([await pullAs(secret, 'acme'), await pullAs(secret, 'acme/web')]).toEqual([200, 200])
    expect(await pullAs(secret, 'other')).toBe(404)
    expect((await ask('DELETE', `${PATH}/${id}`, bearer(runner))).status).toBe(204)
    expect(await pullAs(secret, 'acme')).toBe(401)
    expect((await ask('DELETE', `${PATH}/${id}`, bearer(runner))).status).toBe(204)
  })

  test('shows its secret as a password too, and group names in any case', async () => {
    const { variables } = await minted({ group: 'ACME', ttl: '7d' }, basic(runner))
    expect(await pullAs(variables.CI_DEPENDENCY_PROXY_PASSWORD, 'acme')).toBe(200)
  })

  test('is told how it reached the server, by a proxy that is trusted', async () => {
    const order = { group: 'acme' }
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'cache.example' }
    const direct = await minted(order, { ...bearer(runner), ...forwarded })
    expect(direct.variables.CI_DEPENDENCY_PROXY_SERVER).toBe(new URL(proxy.url).host)
    const through = await mintFrom('127.0.0.2', order, forwarded)
    expect(through.variables.CI_DEPENDENCY_PROXY_SERVER).toBe('cache.example:443')
  })

  test.each([
    { what: 'a group that is not its own', body: { group: 'other' }, want: [404, 'group-unknown'] },
    { what: 'a group that is not there', body: { group: 'nothing' }, want: [404, 'group-unknown'] },
    {
      what: 'a group under its own that is not there',
      body: { group: 'acme/x' },
      want: [404, 'group-unknown'],
    },
    { what: 'no group', body: {}, want: [400, 'invalid'] },
    { what: 'what is no group', body: { group: 'a b' }, want: [400, 'invalid'] },
    { what: 'more than a week', body: { group: 'acme', ttl: '8d' }, want: [400, 'invalid'] },
    { what: 'no time at all', body: { group: 'acme', ttl: '0s' }, want: [400, 'invalid'] },
    { what: 'no name of a loopback', body: { group: 'acme', loopback: 'x' }, want: [400, 'invalid'] },
    {
      what: 'a pattern that is none',
      body: { group: 'acme', repositories: ['a[b'] },
      want: [400, 'invalid'],
    },
    {
      what: 'a limit that was mistyped',
      body: { group: 'acme', repository: ['x/y'] },
      want: [400, 'invalid'],
    },
    { what: 'no JSON', body: '{', want: [400, 'invalid'] },
    { what: 'a novel', body: { group: 'acme', jobId: 'x'.repeat(65 * KIB) }, want: [413, 'too-large'] },
  ])('is refused $what: $want', async ({ body, want }) => {
    expect(await refusal(await mint(body))).toEqual(want)
    expect(proxy.access.credentials.list('job')).toEqual([])
  })

  test('is told which group above is there', async () => {
    const body = (await (await mint({ group: 'acme/web/api' })).json()) as { error: { message: string } }
    expect(body.error.message).toMatch(/no group acme\/web\/api.*above it is acme\/web/)
  })

  test('does not widen what it may pull itself', async () => {
    const narrow = bearer(await token('runner', ['acme'], ['docker.io/library/other*']))
    const { variables } = await minted({ group: 'acme' }, narrow)
    expect(await pullAs(variables.CI_DEPENDENCY_PROXY_PASSWORD, 'acme')).toBe(403)
    const wide = await mint({ group: 'acme', repositories: ['docker.io/**'] }, narrow)
    expect(await refusal(wide)).toEqual([403, 'not-permitted'])
  })
})

test('what a job pulled is told to whoever minted it, also after its end, and to nobody else', async () => {
  const { id, variables } = await minted({ group: 'acme' })
  const pulls = (headers: Record<string, string>) => ask('GET', `${PATH}/${id}/pulls`, headers)
  expect(await (await pulls(bearer(runner))).json()).toEqual([])
  expect(await pullAs(variables.CI_DEPENDENCY_PROXY_PASSWORD, 'acme')).toBe(200)
  const listed = async () => (await pulls(bearer(runner))).json()
  const pulled = {
    reference: 'docker.io/library/app:1',
    digest: expect.stringMatching(/^sha256:/),
    outcome: 'miss',
    bytes: expect.any(Number),
    upstreamRequests: expect.any(Number),
  }
  await expect.poll(listed).toEqual([pulled])
  await ask('DELETE', `${PATH}/${id}`, bearer(runner))
  expect(await listed()).toEqual([pulled])
  const other = bearer(await token('runner', ['acme']))
  expect(await refusal(await pulls(other))).toEqual([404, 'credential-unknown'])
  expect(await refusal(await pulls({}))).toEqual([401, 'unauthorized'])
})

describe('the logins that a job brings along', () => {
  const LOGIN = { username: 'alice', password: 'of-the-job' }

  test.each(['docker.io', 'index.docker.io', 'https://index.docker.io/v1/'])(
    'for %s are used',
    async (registry) => {
      await using hub = await startScriptedUpstream({
        auth: { kind: 'basic', users: { [LOGIN.username]: LOGIN.password } },
      })
      hub.addImage('library/app', { tags: ['1'] })
      await using own = await startProxy({ upstreams: { 'docker.io': hub.url } })
      const order = { name: 'r', role: 'runner', repositories: [], expiresAt: undefined } as const
      const groups = [parseGroupPath('default')]
      const { secret } = await own.access.credentials.createToken({ ...order, groups })
      const pull = async (upstreamAuth: object): Promise<number> => {
        const body = JSON.stringify({ group: 'default', upstreamAuth })
        const headers = { ...bearer(secret), 'content-type': 'application/json' }
        const reply = await fetch(`${own.url}${PATH}`, { method: 'POST', headers, body })
        const { variables } = (await reply.json()) as Minted
        const job = basic(variables.CI_DEPENDENCY_PROXY_PASSWORD ?? '')
        return (await own.get('/v2/library/app/manifests/1', job)).status
      }
      expect(await pull({ [registry]: LOGIN })).toBe(200)
      expect(await pull({})).not.toBe(200)
      expect(JSON.stringify(own.log.lines)).not.toContain(LOGIN.password)
    },
  )

  test.each([
    { what: 'a registry that is not cached here', auth: { 'registry.example': LOGIN } },
    { what: 'a user name that would end early', auth: { 'docker.io': { ...LOGIN, username: 'a:b' } } },
    { what: 'no password', auth: { 'docker.io': { username: 'alice' } } },
  ])('are refused for $what', async ({ auth }) => {
    expect(await refusal(await mint({ group: 'acme', upstreamAuth: auth }))).toEqual([400, 'invalid'])
    expect(proxy.access.credentials.list('job')).toEqual([])
  })
})

describe('who may not', () => {
  test('is asked for a token, before anything is read', async () => {
    const reply = await ask('POST', PATH, {}, { group: 'acme' })
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="entrepot"')
    expect(await refusal(reply)).toEqual([401, 'unauthorized'])
    const novel = await ask('POST', PATH, {}, 'x'.repeat(65 * KIB))
    expect(novel.status).toBe(401)
  })

  test('a token that pulls only, a job, and what /jwt/auth gave', async () => {
    const pull = bearer(await token('pull', ['acme']))
    expect(await refusal(await mint({ group: 'acme' }, pull))).toEqual([403, 'not-permitted'])
    const job = (await minted({ group: 'acme' })).variables.CI_DEPENDENCY_PROXY_PASSWORD ?? ''
    expect(await refusal(await mint({ group: 'acme' }, bearer(job)))).toEqual([403, 'not-permitted'])
    const reply = await proxy.get('/jwt/auth?service=dependency_proxy', basic(runner))
    const jwt = ((await reply.json()) as { token: string }).token
    expect(await refusal(await mint({ group: 'acme' }, bearer(jwt)))).toEqual([401, 'unauthorized'])
  })

  test('who guesses is told to stay away', async () => {
    const guess = bearer(`${runner.slice(0, 17)}${'0'.repeat(36)}`)
    for (let tries = 1; tries <= 10; tries++) expect((await mint({ group: 'acme' }, guess)).status).toBe(401)
    const reply = await mint({ group: 'acme' }, guess)
    expect(reply.headers.get('retry-after')).toBe('60')
    expect(await refusal(reply)).toEqual([429, 'too-many-requests'])
    await minted({ group: 'acme' })
  })

  test('a page of another origin is told nothing, and its form is not read', async () => {
    const preflight = await ask('OPTIONS', PATH, { origin: 'https://evil.example' })
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
    const form = { ...bearer(runner), 'content-type': 'text/plain' }
    expect(await refusal(await mint('{"group":"acme"}', form))).toEqual([400, 'invalid'])
  })

  test('one ends what another minted: it is not there; an admin may', async () => {
    const { id } = await minted({ group: 'acme' })
    const other = bearer(await token('runner', ['acme']))
    const job = (await minted({ group: 'acme' })).variables.CI_DEPENDENCY_PROXY_PASSWORD ?? ''
    for (const caller of [other, bearer(job)]) {
      const reply = await ask('DELETE', `${PATH}/${id}`, caller)
      expect(await refusal(reply)).toEqual([404, 'credential-unknown'])
    }
    const unknown = await ask('DELETE', `${PATH}/${runner.slice(4, 16)}`, bearer(runner))
    expect(await refusal(unknown)).toEqual([404, 'credential-unknown'])
    expect((await ask('DELETE', `${PATH}/${id}`, bearer(await token('admin', [])))).status).toBe(204)
    expect(proxy.access.credentials.get(id)).toBeUndefined()
  })
})

test('what was done and refused is written down, with who and from where, and without secrets', async () => {
  const { id, variables } = await minted({ group: 'acme', jobId: '17' })
  await mint({ group: 'other' })
  await ask('DELETE', `${PATH}/${id}`, bearer(runner))
  const who = { from: '127.0.0.1', credentialId: runner.slice(4, 16) }
  const [one] = proxy.log.of('job_credential.minted')
  expect(one?.fields).toMatchObject({ ...who, subject: id, name: '17', groups: ['acme'] })
  expect(proxy.log.of('api.denied').map(({ fields }) => fields)).toMatchObject([
    { ...who, request: `POST ${PATH}` },
  ])
  expect(proxy.log.of('job_credential.revoked').map(({ fields }) => fields)).toMatchObject([who])
  const log = JSON.stringify(proxy.log.lines)
  for (const secret of [runner, variables.CI_DEPENDENCY_PROXY_PASSWORD]) expect(log).not.toContain(secret)
})

/** From an address of this machine's own. */
function mintFrom(localAddress: string, body: unknown, headers: Record<string, string>): Promise<Minted> {
  return new Promise((resolve, reject) => {
    const all = { ...bearer(runner), 'content-type': 'application/json', ...headers }
    const sent = request(`${proxy.url}${PATH}`, { method: 'POST', localAddress, headers: all }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      reply.on('end', () => resolve(JSON.parse(text)))
    })
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}

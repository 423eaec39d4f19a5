import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { basic, bearer } from '../support/authorization.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { errorCodeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const ACME = parseGroupPath('acme')
const HOUR = 3_600_000
const IMAGE = '/v2/acme/dependency_proxy/containers/library/app/manifests/1'

let upstream: ScriptedUpstream
let proxy: RunningProxy

beforeEach(async () => {
  upstream = await startScriptedUpstream({})
  upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(100)] })
  proxy = await startProxy({
    upstreams: { 'docker.io': upstream.url },
    groups: {
      acme: { anonymousNetworks: [], repositories: ['docker.io/library/*'] },
      'acme/web': {},
      other: {},
    },
  })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function mint(group = ACME, repositories: readonly string[] = []) {
  const order = { group, repositories, ttlMs: HOUR, jobId: '17', mintedBy: undefined }
  return proxy.access.credentials.mintJob(order)
}

async function tokenFor(secret: string): Promise<string> {
  const reply = await proxy.get('/jwt/auth?service=dependency_proxy', basic(secret))
  return ((await reply.json()) as { token: string }).token
}

describe('the way in', () => {
  test('401 tells where tokens are, and nothing else than GitLab does', async () => {
    for (const path of ['/v2/', IMAGE, '/v2/nothing/dependency_proxy/containers/app/manifests/1']) {
      const reply = await proxy.get(path)
      expect(reply.status).toBe(401)
      const realm = `Bearer realm="${proxy.url}/jwt/auth",service="dependency_proxy"`
      expect(reply.headers.get('www-authenticate')).toBe(realm)
    }
  })

  test('a token is given for a secret, whatever the user name, and opens what the credential does', async () => {
    const { secret } = await mint()
    const reply = await proxy.get('/jwt/auth?service=dependency_proxy&account=x', basic(secret, 'whoever'))
    expect(reply.status).toBe(200)
    const answer = (await reply.json()) as Record<string, unknown>
    expect(answer).toEqual({
      token: expect.any(String),
      access_token: answer.token,
      expires_in: 900,
      issued_at: new Date(proxy.clock.now()).toISOString(),
    })
    expect((await proxy.get('/v2/', bearer(String(answer.token)))).status).toBe(200)
    expect((await proxy.get(IMAGE, bearer(String(answer.token)))).status).toBe(200)
  })

  test('the same by POST, as OAuth 2 has it', async () => {
    const { secret } = await mint()
    const form = { grant_type: 'password', service: 'dependency_proxy', username: 'u', password: secret }
    const post = (body: Record<string, string>) =>
      fetch(`${proxy.url}/jwt/auth`, { method: 'POST', body: new URLSearchParams(body) })
    const reply = await post(form)
    expect(reply.status).toBe(200)
    const { access_token: token } = (await reply.json()) as { access_token: string }
    expect((await proxy.get(IMAGE, bearer(token))).status).toBe(200)
    expect((await post({ ...form, password: 'wrong' })).status).toBe(401)
    expect((await post({ ...form, grant_type: 'refresh_token' })).status).toBe(400)
    expect((await post({ ...form, service: 'container_registry' })).status).toBe(400)
  })

  test('Basic works too, without a token', async () => {
    const { secret } = await mint()
    expect((await proxy.get(IMAGE, basic(secret))).status).toBe(200)
  })

  test('docker login with a wrong password is refused, at both doors', async () => {
    expect((await proxy.get('/jwt/auth?service=dependency_proxy', basic('hunter2'))).status).toBe(401)
    const reply = await proxy.get('/v2/', basic('hunter2'))
    expect([reply.status, await errorCodeOf(reply)]).toEqual([401, 'UNAUTHORIZED'])
  })
})

describe('a credential opens', () => {
  const at = (group: string, image = 'library/app') =>
    `/v2/${group}/dependency_proxy/containers/${image}/manifests/1`

  test('its group, at the prefix of the top-level group too, and no other', async () => {
    const token = bearer(await tokenFor((await mint(parseGroupPath('acme/web'))).secret))
    expect((await proxy.get(at('acme/web'), token)).status).toBe(200)
    expect((await proxy.get(at('Acme/Web'), token)).status).toBe(200)
    expect((await proxy.get(at('acme'), token)).status).toBe(200)
    for (const group of ['other', 'nothing', 'acme/web/api', 'default']) {
      const reply = await proxy.get(at(group), token)
      expect([group, reply.status, await errorCodeOf(reply)]).toEqual([group, 404, 'NAME_UNKNOWN'])
    }
  })

  test('the mirror door, as its own group', async () => {
    const { secret } = await mint()
    const token = bearer(await tokenFor(secret))
    expect((await proxy.get('/v2/library/app/manifests/1', token)).status).toBe(200)
    const reply = await proxy.get('/v2/acme/app/manifests/1', token)
    expect([reply.status, await errorCodeOf(reply)]).toEqual([403, 'DENIED'])
  })

  test('what its group may use, which a subgroup inherits, and what it may itself', async () => {
    const reply = await proxy.get(
      at('acme/web', 'acme/app'),
      basic((await mint(parseGroupPath('acme/web'))).secret),
    )
    expect([reply.status, await errorCodeOf(reply)]).toEqual([403, 'DENIED'])
    const narrow = await mint(ACME, ['docker.io/library/other'])
    const denied = await proxy.get(at('acme'), basic(narrow.secret))
    expect([denied.status, await errorCodeOf(denied)]).toEqual([403, 'DENIED'])
    expect(proxy.log.of('pull.denied')).toHaveLength(2)
  })

  test('nothing any more once it is revoked, whatever tokens it has', async () => {
    const { credential, secret } = await mint()
    const token = bearer(await tokenFor(secret))
    expect((await proxy.get(IMAGE, token)).status).toBe(200)
    await proxy.access.credentials.revoke(credential.id)
    for (const headers of [token, basic(secret)]) {
      const reply = await proxy.get(IMAGE, headers)
      expect([reply.status, await errorCodeOf(reply)]).toEqual([401, 'UNAUTHORIZED'])
    }
    expect((await proxy.get('/jwt/auth', basic(secret))).status).toBe(401)
  })

  test('nothing any more once it has ended', async () => {
    const token = bearer(await tokenFor((await mint()).secret))
    proxy.clock.advance(HOUR)
    const reply = await proxy.get(IMAGE, token)
    expect(reply.status).toBe(401)
    expect(reply.headers.get('www-authenticate')).toMatch(/error="invalid_token"$/)
  })
})

describe('a mirror that is open', () => {
  const MIRROR = '/v2/library/app/manifests/1'
  const SCOPE = 'scope=repository:library/app:pull'

  test('takes a Docker Hub password for what it is: meant for others', async () => {
    const reply = await proxy.get(
      `/jwt/auth?service=dependency_proxy&${SCOPE}`,
      basic('hub-password', 'alice'),
    )
    expect(reply.status).toBe(200)
    const { token } = (await reply.json()) as { token: string }
    expect((await proxy.get(MIRROR, bearer(token))).status).toBe(200)
    expect((await proxy.get(IMAGE, bearer(token))).status).toBe(401)
    expect(proxy.log.of('login.refused')).toEqual([])
  })

  test.each([
    { what: 'for a group', query: 'scope=repository:acme/dependency_proxy/containers/app:pull' },
    { what: 'for nothing, as docker login', query: '' },
    { what: 'for both', query: `${SCOPE}&scope=repository:acme/dependency_proxy/containers/app:pull` },
  ])('but not $what', async ({ query }) => {
    expect((await proxy.get(`/jwt/auth?${query}`, basic('hub-password', 'alice'))).status).toBe(401)
    expect(proxy.log.of('login.refused')).toHaveLength(1)
  })

  test('nor one of ours that was revoked', async () => {
    const { credential, secret } = await mint()
    await proxy.access.credentials.revoke(credential.id)
    expect((await proxy.get(`/jwt/auth?${SCOPE}`, basic(secret))).status).toBe(401)
  })

  test('gives a token to nobody in particular, which opens what is open', async () => {
    const reply = await proxy.get(`/jwt/auth?${SCOPE}`)
    const { token } = (await reply.json()) as { token: string }
    expect((await proxy.get(MIRROR, bearer(token))).status).toBe(200)
    expect((await proxy.get('/v2/', bearer(token))).status).toBe(401)
  })
})

describe('who guesses', () => {
  test('is told to stay away; who has a valid credential passes all the same', async () => {
    const { credential, secret } = await mint()
    const guess = `${secret.slice(0, 17)}${'0'.repeat(36)}`
    const statuses: number[] = []
    for (let tries = 1; tries <= 11; tries++) statuses.push((await proxy.get('/v2/', basic(guess))).status)
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429])
    const reply = await proxy.get('/jwt/auth', basic(guess))
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '60'])
    expect((await proxy.get(IMAGE, basic(secret))).status).toBe(200)
    expect(JSON.stringify(proxy.log.of('login.refused'))).not.toContain(secret)
    expect(credential.id).toBe(secret.slice(4, 16))
  })

  test('with two headers gets nothing, though one of them is valid', async () => {
    const { secret } = await mint()
    const valid = basic(secret).authorization ?? ''
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${proxy.url}${IMAGE}`, (reply) => resolve(reply.resume().statusCode))
      sent.on('error', reject)
      sent.setHeader('Authorization', [valid, 'Basic eDp5'])
      sent.end()
    })
    expect(status).toBe(401)
  })
})

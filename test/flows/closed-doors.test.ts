import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GroupPath, parseGroupPath } from '../../src/oci/group-path.ts'
import { basic, bearer } from '../support/authorization.ts'
import {
  type ScriptedImage,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { type RawReply, sendRaw } from '../support/send-raw.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'

const ACME = parseGroupPath('acme')
const OTHER = parseGroupPath('other')
const DOOR = 'dependency_proxy/containers'

let upstream: ScriptedUpstream
let image: ScriptedImage
let proxy: RunningProxy
/** A token of the group `other`, which has no part in `acme`. */
let stranger: string
/** One of `acme` itself. */
let member: string

beforeAll(async () => {
  upstream = await startScriptedUpstream({})
  image = upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(100)] })
  proxy = await startProxy({
    upstreams: { 'docker.io': upstream.url },
    groups: {
      default: { anonymousNetworks: [] },
      acme: { anonymousNetworks: [] },
      'acme/web': {},
      other: { anonymousNetworks: [], repositories: ['docker.io/library/nothing'] },
    },
  })
  stranger = await tokenOf(OTHER)
  member = await tokenOf(ACME)
  // What is asked for below is in memory, so that only the door is in the way.
  for (let time = 0; time < 2; time++) {
    const paths = [manifestAt('acme', '1'), manifestAt('acme', image.root.digest), blobAt('acme')]
    for (const path of paths) expect((await proxy.get(path, bearer(member))).status).toBe(200)
  }
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

const manifestAt = (group: string, reference: string) =>
  `/v2/${group}/${DOOR}/library/app/manifests/${reference}`
const blobAt = (group: string) => `/v2/${group}/${DOOR}/library/app/blobs/${image.layers[0]?.digest}`

async function mint(group: GroupPath) {
  return proxy.access.credentials.mintJob({
    group,
    repositories: [],
    ttlMs: 3_600_000,
    jobId: undefined,
    mintedBy: undefined,
  })
}

async function tokenOf(group: GroupPath): Promise<string> {
  const reply = await proxy.get('/jwt/auth', basic((await mint(group)).secret))
  return ((await reply.json()) as { token: string }).token
}

const send = (path: string, headers = {}, method = 'GET') => sendRaw(proxy.url, path, { method, headers })

/** All of a reply that can tell something, with the group's name taken out. */
function tellable({ status, headers, body }: RawReply, group: string) {
  const { date: _date, ...rest } = headers
  return JSON.parse(JSON.stringify({ status, headers: rest, body }).replaceAll(group, 'GROUP')) as object
}

/** Every way to ask for something of a group. */
function questions(group: string) {
  const digest = image.root.digest
  return [
    manifestAt(group, '1'),
    manifestAt(group, digest),
    blobAt(group),
    `/v2/${group}/${DOOR}/library/app/tags/list`,
    `/v2/${group}/${DOOR}/library/app/referrers/${digest}`,
    `/${group}/${DOOR}/v2/library/app/manifests/1`,
    `/${group}/${DOOR}/v2/`,
  ]
}

describe('a group that is there and one that is not are the same', () => {
  test('to those without credentials: 401, whatever they ask for', async () => {
    for (const [index, path] of questions('acme').entries()) {
      const missing = questions('acmf')[index] ?? ''
      for (const method of ['GET', 'HEAD']) {
        const reply = await send(path, {}, method)
        expect([path, reply.status]).toEqual([path, 401])
        expect(tellable(reply, 'acme')).toEqual(tellable(await send(missing, {}, method), 'acmf'))
      }
    }
  })

  test("to those with another group's credentials: 404, whatever they ask for", async () => {
    for (const [index, path] of questions('acme').entries()) {
      const missing = questions('acmf')[index] ?? ''
      for (const method of ['GET', 'HEAD']) {
        const reply = await send(path, bearer(stranger), method)
        expect([path, reply.status]).toEqual([path, 404])
        expect(tellable(reply, 'acme')).toEqual(
          tellable(await send(missing, bearer(stranger), method), 'acmf'),
        )
      }
    }
  })
})

describe('what is cached does not come out by asking otherwise:', () => {
  test.each([
    { what: 'a part of it', headers: { range: 'bytes=0-0' } },
    { what: 'whether it changed', headers: { 'if-none-match': '*' } },
    { what: 'whether it is still this', headers: { 'if-range': '"x"', range: 'bytes=0-' } },
    { what: 'for a page of the same origin', headers: { 'sec-fetch-site': 'same-origin' } },
    { what: 'as somebody else', headers: { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' } },
    { what: 'as another host', headers: { host: 'localhost' } },
  ])('$what', async ({ headers }) => {
    const known = { 'if-none-match': `"${image.root.digest}"`, ...headers }
    for (const path of questions('acme').slice(0, 3)) {
      for (const method of ['GET', 'HEAD']) {
        const plain = await send(path, {}, method)
        const asked = await send(path, known, method)
        expect(asked.status).toBe(401)
        expect(asked.headers['content-length']).toBe(plain.headers['content-length'])
        expect(asked.headers.etag ?? asked.headers['docker-content-digest']).toBeUndefined()
        expect((await send(path, { ...known, ...bearer(stranger) }, method)).status).toBe(404)
      }
    }
  })
})

describe('a path that is written otherwise opens nothing', () => {
  const image1 = 'library/app/manifests/1'
  const spellings = [
    `/v2/%61cme/${DOOR}/${image1}`,
    `/v2/acme%2f${DOOR}/${image1}`,
    `/v2/acme%2F${DOOR.replace('/', '%2F')}/${image1}`,
    `/v2/other%2f..%2facme/${DOOR}/${image1}`,
    `/v2/other/%2e%2e/acme/${DOOR}/${image1}`,
    `/v2/other/../acme/${DOOR}/${image1}`,
    `/v2/./acme/${DOOR}/${image1}`,
    `/v2//acme/${DOOR}/${image1}`,
    `//v2/acme/${DOOR}/${image1}`,
    `/v2/acme//${DOOR}/${image1}`,
    `/v2/ACME/${DOOR}/${image1}`,
    `/V2/acme/${DOOR}/${image1}`,
    `/v2/acme/Dependency_Proxy/containers/${image1}`,
    `/acme/${DOOR}/v2/${image1}`,
    `/ACME/${DOOR}/v2/${image1}`,
    `/acme/v2/${DOOR}/${image1}`,
    `/other/${DOOR}/v2/acme/${DOOR}/${image1}`,
    `/v2/other/${DOOR}/acme/${DOOR}/${image1}`,
    `/v2/other/${DOOR}/../../acme/${DOOR}/${image1}`,
    `/v2/other\\..\\acme/${DOOR}/${image1}`,
    `/v2/acme;/${DOOR}/${image1}`,
    `/v2/acme./${DOOR}/${image1}`,
    `/v2/acme/${DOOR}/${image1}?ns=docker.io`,
    `/v2/acme/${DOOR}/${image1}?group=other`,
    `/v2/acme/web/${DOOR}/${image1}`,
    `/v2/${image1}?ns=acme`,
    `/v2/${image1}`,
    `/docker.io/v2/${image1}`,
  ]

  test.each(spellings)('%s', async (path) => {
    const nobody = await send(path)
    expect([400, 401, 404]).toContain(nobody.status)
    const other = await send(path, bearer(stranger))
    // 403: that the group `other` may not use this repository is no news to it.
    expect([400, 403, 404]).toContain(other.status)
    for (const { body } of [nobody, other]) expect(body).not.toContain('schemaVersion')
  })

  test('though those who may pull can write the group in upper case', async () => {
    expect((await send(`/v2/ACME/${DOOR}/${image1}`, bearer(member))).status).toBe(200)
    expect((await send(`/ACME/${DOOR}/v2/${image1}`, bearer(member))).status).toBe(200)
  })
})

describe('a token opens nothing', () => {
  // A minute in which nobody guesses: what is limited is not asked here.
  beforeEach(() => proxy.clock.advance(60_000))

  const changed = (token: string, claims: object) => {
    const [head = '', body = '', signature] = token.split('.')
    const before = JSON.parse(Buffer.from(body, 'base64url').toString()) as object
    return `${head}.${Buffer.from(JSON.stringify({ ...before, ...claims })).toString('base64url')}.${signature}`
  }
  const unsigned = (token: string) => {
    const head = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
    return `${head}.${token.split('.')[1]}.`
  }

  test.each([
    { what: 'whose subject was changed', forge: (token: string) => changed(token, { sub: 'x' }) },
    { what: 'whose end was put off', forge: (token: string) => changed(token, { exp: 4e9 }) },
    { what: 'that nobody signed', forge: unsigned },
    {
      what: 'with the signature of another',
      forge: (token: string) => `${token.slice(0, -86)}${stranger.slice(-86)}`,
    },
    { what: 'with something behind it', forge: (token: string) => `${token}.x` },
    { what: 'in two parts', forge: (token: string) => token.replace('.', ' .') },
  ])('$what, though the one it was made of was seen before', async ({ forge }) => {
    expect((await send(manifestAt('acme', '1'), bearer(member))).status).toBe(200)
    const reply = await send(manifestAt('acme', '1'), bearer(forge(member)))
    expect(reply.status).toBe(401)
    expect(reply.headers['www-authenticate']).toContain('realm="')
  })

  test('before it was issued: the clock was set back', async () => {
    await using early = await startProxy({
      upstreams: { 'docker.io': upstream.url },
      groups: { acme: { anonymousNetworks: [] } },
    })
    const { credential } = await early.access.credentials.mintJob({
      group: ACME,
      repositories: [],
      ttlMs: 3_600_000,
      jobId: undefined,
      mintedBy: undefined,
    })
    const { token } = await early.access.tokens.issue(credential.id)
    const ask = async () => (await early.get(manifestAt('acme', '1'), bearer(token))).status
    expect(await ask()).toBe(200)
    early.clock.advance(-3_600_000)
    expect(await ask()).toBe(401)
    early.clock.advance(3_600_000)
    expect(await ask()).toBe(200)
  })

  test('as a password, and a secret none as a token', async () => {
    const { secret } = await mint(ACME)
    expect((await send(manifestAt('acme', '1'), basic(member))).status).toBe(401)
    expect((await send(manifestAt('acme', '1'), bearer(secret))).status).toBe(401)
    expect((await send('/jwt/auth', bearer(secret))).status).toBe(401)
  })

  test('beside another Authorization header, in whatever order, and cached or not', async () => {
    for (const authorization of [
      [`Bearer ${member}`, `Bearer ${stranger}`],
      [`Bearer ${stranger}`, `Bearer ${member}`],
      [`Bearer ${member}`, `Bearer ${member}`],
    ]) {
      expect((await send(manifestAt('acme', '1'), { authorization })).status).toBe(401)
    }
    expect(
      (await send(manifestAt('acme', '1'), { authorization: `Bearer ${stranger}, Bearer ${member}` })).status,
    ).toBe(401)
  })
})

test('who was refused is in audit.log, with what they asked for, and without a secret', async () => {
  proxy.clock.advance(60_000)
  const { credential, secret } = await mint(OTHER)
  await send(`${manifestAt('acme', '1')}?token=${secret}`, basic(secret))
  await send('/v2/', basic(`${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`))
  const wrong = `${secret.slice(0, 17)}${'0'.repeat(36)}`
  await send('/v2/', basic(wrong))
  await proxy.stop()
  const text = await readFile(join(proxy.storagePath, 'audit.log'), 'utf8')
  await proxy.start()
  const lines = text.split('\n').slice(0, -1)
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const from = '127.0.0.1'
  expect(events.slice(-3)).toMatchObject([
    {
      event: 'pull.denied',
      from,
      credentialId: credential.id,
      request: expect.stringContaining('GET /v2/acme/'),
    },
    { event: 'login.refused', from, reason: 'foreign' },
    { event: 'login.refused', from, reason: 'foreign' },
  ])
  expect(text).not.toContain(secret.slice(17))
})

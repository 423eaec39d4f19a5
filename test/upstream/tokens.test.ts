import { describe, expect, test } from 'vitest'
import { parseRepository } from '../../src/oci/reference.ts'
import { renewAfter } from '../../src/upstream/token-source.ts'
import type { UpstreamCredential } from '../../src/upstream/upstream.ts'
import { type Fault, makeGate, type TokenServerOptions } from '../support/scripted-upstream.ts'
import { alice, app, failureOf, openUpstream, refer } from './open-upstream.ts'

const latest = refer('latest')
const other = parseRepository('library/other')

async function openWithTokens(tokens: TokenServerOptions = {}) {
  const users = { alice: 'secret' }
  const open = await openUpstream({ scripted: { auth: { kind: 'bearer' }, tokens: { users, ...tokens } } })
  open.scripted.addImage(app)
  open.scripted.addImage(other)
  const ask = (repository = app, credential?: UpstreamCredential) =>
    open.upstream.resolve(repository, latest, { credential })
  /** How many requests the registry and the token server have seen since the last look. */
  const seen = () => {
    const counts = { registry: open.scripted.count(), tokens: open.scripted.tokens.requests.length }
    open.scripted.log.clear()
    open.scripted.tokens.log.clear()
    return counts
  }
  return { ...open, ask, seen }
}

describe('Bearer', () => {
  test('a challenge is answered once, and anticipated from then on', async () => {
    await using open = await openWithTokens()
    await open.ask()
    const [token] = open.scripted.tokens.requests
    expect(token).toMatchObject({ method: 'GET', path: '/token', authorization: 'none' })
    expect(token?.query.get('service')).toBe('scripted-registry')
    expect(token?.query.get('scope')).toBe('repository:library/app:pull')
    expect(open.seen()).toEqual({ registry: 2, tokens: 1 })
    await open.ask()
    expect(open.seen()).toEqual({ registry: 1, tokens: 0 })
    await open.ask(other)
    expect(open.seen()).toEqual({ registry: 1, tokens: 1 })
  })

  test('the password goes to the token server and nowhere else', async () => {
    await using open = await openWithTokens({ anonymous: [] })
    await open.ask(app, alice)
    expect(open.scripted.tokens.requests.map((request) => request.authorization)).toEqual(['basic'])
    expect(open.scripted.requests.map((request) => request.authorization)).toEqual(['none', 'bearer'])
  })

  test('tokens of one credential serve no other, nor nobody', async () => {
    await using open = await openWithTokens({ anonymous: [] })
    await open.ask(app, alice)
    open.seen()
    expect(await failureOf(open.ask())).toMatchObject({ code: 'denied', server: 'registry' })
    // Its own token, refused; then a renewed one, refused.
    expect(open.seen()).toEqual({ registry: 2, tokens: 2 })
    await open.ask(app, alice)
    expect(open.seen()).toEqual({ registry: 1, tokens: 0 })
  })

  test('many who ask at once share one token request', async () => {
    await using open = await openWithTokens()
    const gate = makeGate()
    open.scripted.tokens.fault({ do: { kind: 'hold', until: gate.promise } })
    const all = Promise.all(Array.from({ length: 20 }, () => open.ask()))
    await open.scripted.waitFor({}, 20)
    gate.open()
    await all
    expect(open.seen()).toEqual({ registry: 40, tokens: 1 })
    open.scripted.tokens.revokeTokens()
    await Promise.all(Array.from({ length: 20 }, () => open.ask()))
    expect(open.seen()).toEqual({ registry: 40, tokens: 1 })
  })

  test('who leaves does not take the token from those who wait', async () => {
    await using open = await openWithTokens()
    const gate = makeGate()
    open.scripted.tokens.fault({ do: { kind: 'hold', until: gate.promise } })
    const caller = new AbortController()
    const reason = new Error('left')
    const leaving = open.upstream.resolve(app, latest, { signal: caller.signal })
    await open.scripted.tokens.log.waitFor({})
    const staying = open.ask()
    caller.abort(reason)
    await expect(leaving).rejects.toBe(reason)
    gate.open()
    await staying
    expect(open.scripted.tokens.requests).toHaveLength(1)
  })

  test.each([
    { ttlSeconds: 300, good: 239, late: 241 },
    { ttlSeconds: 30, good: 19, late: 21 },
    { ttlSeconds: undefined, good: 47, late: 49 },
  ])('a token of $ttlSeconds s is renewed before it expires', async ({ ttlSeconds, good, late }) => {
    await using open = await openWithTokens({ ttlSeconds })
    await open.ask()
    open.seen()
    open.clock.advance(good * 1_000)
    await open.ask()
    expect(open.seen()).toEqual({ registry: 1, tokens: 0 })
    open.clock.advance((late - good) * 1_000)
    await open.ask()
    expect(open.seen()).toEqual({ registry: 1, tokens: 1 })
  })

  test('a token that expired early is renewed once', async () => {
    await using open = await openWithTokens()
    await open.ask()
    open.seen()
    open.scripted.tokens.revokeTokens()
    await open.ask()
    expect(open.seen()).toEqual({ registry: 2, tokens: 1 })
  })

  test.each(['token', 'access_token'] as const)('%s alone will do', async (field) => {
    await using open = await openWithTokens({ field })
    await open.ask()
  })

  test('a new realm replaces the old one', async () => {
    await using open = await openWithTokens()
    await open.ask()
    const realm = `${open.scripted.tokens.realm}?moved=yes`
    open.scripted.auth = { kind: 'bearer', realm }
    open.scripted.tokens.revokeTokens()
    await open.ask()
    open.scripted.tokens.log.clear()
    await open.ask(other)
    const [request] = open.scripted.tokens.requests
    expect(request?.query.get('moved')).toBe('yes')
    expect(request?.query.get('scope')).toBe('repository:library/other:pull')
  })

  test('a registry that stops asking, while its token server is dead, is asked without', async () => {
    await using open = await openWithTokens()
    await open.ask()
    open.clock.advance(3_600_000)
    await open.scripted.tokens.stop()
    expect(await failureOf(open.ask())).toMatchObject({ code: 'unreachable', server: 'token' })
    open.scripted.auth = { kind: 'none' }
    await open.ask()
  })
})

describe('a token server in trouble', () => {
  const html = { 'content-type': 'text/html' }
  const troubles: { name: string; fault: Fault; want: object; says: RegExp }[] = [
    {
      name: '500',
      fault: { kind: 'status', status: 500 },
      want: { code: 'failed', status: 500 },
      says: /answered 500/,
    },
    {
      name: '429',
      fault: { kind: 'status', status: 429, headers: { 'retry-after': '9' } },
      want: { code: 'rate-limited', retryAfterMs: 9_000 },
      says: /come back in 9 s/,
    },
    { name: '403', fault: { kind: 'status', status: 403 }, want: { code: 'denied' }, says: /answered 403/ },
    { name: '404', fault: { kind: 'status', status: 404 }, want: { code: 'failed' }, says: /answered 404/ },
    {
      name: 'a page',
      fault: { kind: 'status', status: 200, headers: html, body: '<html>' },
      want: { code: 'failed' },
      says: /no token/,
    },
    {
      name: 'no token',
      fault: { kind: 'status', status: 200, body: '{"token":""}' },
      want: { code: 'failed' },
      says: /no token/,
    },
    {
      name: 'a token with a line break',
      fault: { kind: 'status', status: 200, body: '{"token":"a\\r\\nX-Evil: 1"}' },
      want: { code: 'failed' },
      says: /no token/,
    },
    {
      name: 'over 64 KiB',
      fault: { kind: 'replace-body', body: Buffer.from(JSON.stringify({ token: 'a'.repeat(65_600) })) },
      want: { code: 'failed' },
      says: /more than 65536 bytes/,
    },
    { name: 'drop', fault: { kind: 'drop' }, want: { code: 'unreachable' }, says: /cannot be reached/ },
  ]
  test.each(troubles)('$name', async ({ fault, want, says }) => {
    await using open = await openWithTokens()
    open.scripted.tokens.fault({ do: fault })
    const error = await failureOf(open.ask())
    expect(error).toMatchObject({ server: 'token', upstream: 'registry.example', ...want })
    expect(error.message).toMatch(says)
    expect(error.message).toContain(open.scripted.tokens.realm)
    expect(error.message).not.toContain('?')
    open.scripted.tokens.clearFaults()
    await open.ask()
  })

  test('a redirect is refused and not followed', async () => {
    await using open = await openWithTokens()
    open.scripted.tokens.fault({ do: { kind: 'redirect', to: `${open.scripted.url}/stolen` } })
    expect(await failureOf(open.ask(app, alice))).toMatchObject({
      code: 'refused',
      server: 'token',
      status: undefined,
    })
    expect(open.scripted.count({ path: '/stolen' })).toBe(0)
  })

  test('silence ends after ten seconds', async () => {
    await using open = await openWithTokens()
    open.scripted.tokens.fault({ do: { kind: 'silence' } })
    const failure = failureOf(open.ask())
    await open.scripted.tokens.log.waitFor({})
    open.clock.advance(10_000)
    expect(await failure).toMatchObject({ code: 'timeout', server: 'token' })
  })

  test('a wrong password is denied by the token server', async () => {
    await using open = await openWithTokens()
    const error = await failureOf(open.ask(app, { ...alice, password: 'wr0ng' }))
    expect(error).toMatchObject({ code: 'denied', server: 'token', status: 401 })
    expect(error.message).toContain('incorrect username or password')
    expect(error.message).not.toContain('wr0ng')
  })
})

describe('realms we do not go to', () => {
  test('another host is never contacted', async () => {
    await using open = await openWithTokens()
    const realm = `http://localhost:${new URL(open.scripted.tokens.url).port}/token`
    open.scripted.auth = { kind: 'bearer', realm }
    const error = await failureOf(open.ask(app, alice))
    expect(error).toMatchObject({ code: 'refused', server: 'token' })
    expect(error.message).toMatch(/tokenHosts/)
    expect(open.scripted.tokens.requests).toHaveLength(0)
  })

  test('a token host on a private address needs allowNetworks too', async () => {
    await using open = await openUpstream({
      scripted: { auth: { kind: 'bearer', realm: 'http://127.0.0.2:9/token' } },
      http: { tokenHosts: ['127.0.0.2'] },
    })
    const error = await failureOf(open.upstream.resolve(app, latest, {}))
    expect(error).toMatchObject({ code: 'refused', server: 'token' })
    expect(error.message).toMatch(/127\.0\.0\.2 is not a public address/)
  })
})

describe('Basic', () => {
  const auth = { kind: 'basic', users: { alice: 'secret' } } as const

  test('is sent when asked for, and anticipated from then on', async () => {
    await using open = await openUpstream({ scripted: { auth } })
    open.scripted.addImage(app)
    await open.upstream.resolve(app, latest, { credential: alice })
    await open.upstream.resolve(app, latest, { credential: alice })
    const sent = open.scripted.requests.map((request) => request.authorization)
    expect(sent).toEqual(['none', 'basic', 'basic'])
  })

  test('without a credential, or with a wrong one, is denied', async () => {
    await using open = await openUpstream({ scripted: { auth } })
    open.scripted.addImage(app)
    expect(await failureOf(open.upstream.resolve(app, latest, {}))).toMatchObject({
      code: 'denied',
      status: 401,
    })
    const credential = { ...alice, password: 'wrong' }
    expect(await failureOf(open.upstream.resolve(app, latest, { credential }))).toMatchObject({
      code: 'denied',
    })
    expect(await failureOf(open.upstream.resolve(app, latest, { credential }))).toMatchObject({
      code: 'denied',
    })
    const sent = open.scripted.requests.map((request) => request.authorization)
    expect(sent).toEqual(['none', 'none', 'basic', 'basic'])
  })

  test('a registry may change from Bearer to Basic', async () => {
    await using open = await openWithTokens()
    await open.ask(app, alice)
    open.scripted.auth = auth
    await open.ask(app, alice)
    open.seen()
    await open.ask(other, alice)
    expect(open.seen()).toEqual({ registry: 1, tokens: 0 })
  })
})

test.each([
  [300, 240],
  [60, 48],
  [50, 40],
  [30, 20],
  [20, 10],
  [12, 6],
  [1, 0.5],
])('a token of %d s is used for %d s', (lifetime, used) => {
  expect(renewAfter(lifetime * 1_000)).toBe(used * 1_000)
})

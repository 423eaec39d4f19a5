import { describe, expect, test } from 'vitest'
import { renewAfter } from '../../src/upstream/token-source.ts'
import { makeGate } from '../support/scripted-upstream.ts'
import { alice, app, failureOf, refer } from './open-upstream.ts'
import { openWithTokens, other } from './open-with-tokens.ts'

const latest = refer('latest')

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

  test('(d28) many who ask at once share one token request', async () => {
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

  test('(d28) a token that expired early is renewed once', async () => {
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

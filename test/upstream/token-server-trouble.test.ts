import { describe, expect, test } from 'vitest'
import type { Fault } from '../support/scripted-upstream.ts'
import { alice, app, failureOf, openUpstream, refer } from './open-upstream.ts'
import { openWithTokens } from './open-with-tokens.ts'

const latest = refer('latest')

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

  test('(d20) a redirect is refused and not followed', async () => {
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

  test('a wrong password is not offered again for half a minute, and takes nothing from others', async () => {
    await using open = await openWithTokens({ anonymous: [] })
    const mallory = { ...alice, id: 'mallory', password: 'wrong' }
    await failureOf(open.ask(app, mallory))
    open.seen()
    for (let tries = 0; tries < 5; tries++) {
      expect(await failureOf(open.ask(app, mallory))).toMatchObject({ code: 'denied', server: 'token' })
    }
    expect(open.seen().tokens).toBe(0)
    await open.ask(app, alice)
    expect(open.seen().tokens).toBe(1)
    open.clock.advance(30_000)
    await failureOf(open.ask(app, mallory))
    expect(open.seen().tokens).toBe(1)
  })
})

describe('(d20) realms we do not go to', () => {
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

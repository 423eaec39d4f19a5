import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeGate, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { errorCodeOf, outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const TAGS = '/v2/library/app/tags/list'
const LISTED = { path: '/v2/library/app/tags/list' }

let upstream: ScriptedUpstream
let proxy: RunningProxy

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  upstream.addImage('library/app', { tags: ['b', 'a', 'c', 'B'] })
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function tagsOf(reply: Response): Promise<string[]> {
  return ((await reply.json()) as { tags: string[] }).tags
}

test('a list is fetched once for all who ask, and served from the cache while it is fresh', async () => {
  const gate = makeGate()
  upstream.fault({ match: LISTED, times: 1, do: { kind: 'hold', until: gate.promise } })
  const replies = [proxy.get(TAGS), proxy.get(TAGS), proxy.get(`${TAGS}?n=2`)]
  await upstream.waitFor(LISTED)
  gate.open()
  for (const reply of await Promise.all(replies)) expect(outcomeOf(reply)).toBe('miss')
  expect(outcomeOf(await proxy.get(TAGS))).toBe('hit')
  expect(upstream.count(LISTED)).toBe(1)
})

test('a list whose time is over is asked for again, and says whether it changed', async () => {
  await proxy.get(TAGS)
  proxy.clock.advance(MINUTE)
  expect(outcomeOf(await proxy.get(TAGS))).toBe('revalidated')
  upstream.addImage('library/app', { tags: ['d'] })
  proxy.clock.advance(MINUTE)
  const updated = await proxy.get(TAGS)
  expect(outcomeOf(updated)).toBe('updated')
  expect(await tagsOf(updated)).toEqual(['B', 'a', 'b', 'c', 'd'])
})

test('a failure is remembered for a moment, and for no longer when the clock is set back', async () => {
  upstream.fault({ match: LISTED, do: { kind: 'status', status: 404 } })
  expect((await proxy.get(TAGS)).status).toBe(404)
  expect((await proxy.get(TAGS)).status).toBe(404)
  expect(upstream.count(LISTED)).toBe(1)
  proxy.clock.advance(-HOUR)
  expect((await proxy.get(TAGS)).status).toBe(404)
  expect(upstream.count(LISTED)).toBe(2)
})

test('the pages of an upstream are followed at the upstream, wherever their links lead', async () => {
  upstream.lists.pageSize = 2
  upstream.fault({
    match: LISTED,
    times: 1,
    do: { kind: 'headers', set: { link: '<https://evil.example/v2/x/tags/list?last=a&n=2>; rel="next"' } },
  })
  const reply = await proxy.get(TAGS)
  expect(await tagsOf(reply)).toEqual(['B', 'a', 'b', 'c'])
  expect(reply.headers.has('link')).toBe(false)
  expect(upstream.requests.map(({ query }) => query.toString())).toEqual(['n=1000', 'last=a&n=2'])
})

test('an upstream that refuses the number asked for is asked without', async () => {
  upstream.fault({ match: LISTED, times: 1, do: { kind: 'status', status: 400 } })
  expect(await tagsOf(await proxy.get(TAGS))).toHaveLength(4)
  expect(upstream.requests.map(({ query }) => query.toString())).toEqual(['n=1000', ''])
})

test('a list that leads back to itself is an error, not a loop', async () => {
  const link = '<?n=1000>; rel="next"'
  upstream.fault({ match: LISTED, do: { kind: 'headers', set: { link } } })
  const reply = await proxy.get(TAGS)
  expect([reply.status, await errorCodeOf(reply)]).toEqual([502, 'UPSTREAM_INVALID'])
  expect(upstream.count(LISTED)).toBe(1)
})

describe.each([
  { name: 'is gone', code: 'UPSTREAM_UNAVAILABLE', begin: () => upstream.stop() },
  {
    name: 'fails',
    code: 'UPSTREAM_UNAVAILABLE',
    begin: async () => void upstream.fault({ do: { kind: 'status', status: 503 } }),
  },
  {
    name: 'limits us',
    code: 'TOOMANYREQUESTS',
    begin: async () =>
      void upstream.fault({ do: { kind: 'status', status: 429, headers: { 'retry-after': '300' } } }),
  },
  {
    name: 'answers with something else',
    code: 'UPSTREAM_INVALID',
    begin: async () => void upstream.fault({ do: { kind: 'status', status: 200, body: '<html>' } }),
  },
])('an upstream that $name', ({ code, begin }) => {
  test('leaves what is here, marked stale, and is not asked by every client', async () => {
    await proxy.get(TAGS)
    proxy.clock.advance(MINUTE)
    upstream.log.clear()
    await begin()
    for (let turn = 0; turn < 5; turn += 1) {
      const reply = await proxy.get(TAGS)
      expect(outcomeOf(reply)).toBe('stale')
      expect(reply.headers.get('warning')).toMatch(
        /^299 - "the tags of docker.io\/library\/app: served as it was at/,
      )
      expect(await tagsOf(reply)).toHaveLength(4)
    }
    expect(upstream.count()).toBeLessThanOrEqual(1)
    proxy.clock.advance(8 * 24 * HOUR)
    const late = await proxy.get(TAGS)
    expect([await errorCodeOf(late), late.status >= 429]).toEqual([code, true])
  })

  test('is an error for what is not here', async () => {
    await begin()
    expect(await errorCodeOf(await proxy.get(TAGS))).toBe(code)
  })
})

test('a list survives a restart', async () => {
  await proxy.get(TAGS)
  await proxy.restart()
  expect(outcomeOf(await proxy.get(TAGS))).toBe('hit')
  await upstream.stop()
  proxy.clock.advance(HOUR)
  expect(outcomeOf(await proxy.get(TAGS))).toBe('stale')
})

test('a repository that is gone is gone here too, and not asked for by every client', async () => {
  await proxy.get(TAGS)
  proxy.clock.advance(MINUTE)
  upstream.fault({ do: { kind: 'status', status: 404 } })
  upstream.log.clear()
  for (let turn = 0; turn < 3; turn += 1) {
    const reply = await proxy.get(TAGS)
    expect([reply.status, await errorCodeOf(reply)]).toEqual([404, 'NAME_UNKNOWN'])
  }
  expect(upstream.count()).toBe(1)
})

test('what is listed to our account is listed to its groups only', async () => {
  const LOOPBACK = { anonymousNetworks: ['127.0.0.0/8'] }
  await using closed = await startScriptedUpstream({
    auth: { kind: 'bearer' },
    tokens: { users: { acme: 's3cret-of-acme' }, access: (user) => user === 'acme' },
  })
  closed.addImage('acme/app', { tags: ['secret'] })
  await using own = await startProxy({
    upstreams: {
      'docker.io': {
        at: closed.url,
        credential: { username: 'acme', password: 's3cret-of-acme' },
        privateFor: ['team'],
        tokenHosts: [new URL(closed.tokens.realm).host],
      },
    },
    groups: { default: LOOPBACK, team: LOOPBACK },
  })
  const at = (group: string) => `/v2/${group}/dependency_proxy/containers/acme/app/tags/list`
  expect(await tagsOf(await own.get(at('team')))).toEqual(['secret'])
  const denied = await own.get(at('default'))
  expect([denied.status, await errorCodeOf(denied)]).toEqual([403, 'DENIED'])

  closed.fault({ match: { path: /tags/ }, do: { kind: 'status', status: 403 } })
  own.clock.advance(MINUTE)
  expect((await own.get(at('team'))).status).toBe(403)
  closed.clearFaults()
  await closed.stop()
  own.clock.advance(MINUTE)
  expect((await own.get(at('team'))).status).toBe(502)
})

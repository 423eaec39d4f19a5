import { describe, expect, test } from 'vitest'
import { makeGate, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { errorCodeOf, outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const SECOND = 1_000
const APP = '/v2/library/app'

async function statusOf(proxy: RunningProxy, path: string): Promise<[number, string | null]> {
  const reply = await proxy.get(path)
  await reply.arrayBuffer()
  return [reply.status, reply.headers.get('retry-after')]
}

describe('(d15) a registry that answers 429 to a blob', () => {
  const LIMITED = { kind: 'status', status: 429, headers: { 'retry-after': '300' } } as const

  test('is asked nothing before its Retry-After, tokens included; what is here is served', async () => {
    await using upstream = await startScriptedUpstream({
      auth: { kind: 'bearer' },
      tokens: { anonymous: ['library/app', 'library/other'] },
    })
    const image = upstream.addImage('library/app', { layers: [Buffer.from('one'), Buffer.from('two')] })
    upstream.addImage('library/other')
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    const [one, two] = image.layers
    await proxy.get(`${APP}/manifests/latest`)
    await proxy.get(`${APP}/blobs/${one?.digest}`)
    upstream.fault({ do: LIMITED })
    expect(await statusOf(proxy, `${APP}/blobs/${two?.digest}`)).toEqual([429, '300'])
    // Whoever comes while it ends joins what has failed.
    await expect.poll(() => proxy.log.of('fill.failed').length).toBe(1)
    upstream.log.clear()
    upstream.tokens.log.clear()
    proxy.clock.advance(120 * SECOND)
    const cold = await proxy.get(`${APP}/blobs/${two?.digest}`)
    expect([cold.status, cold.headers.get('retry-after')]).toEqual([429, '180'])
    expect(await errorCodeOf(cold)).toBe('TOOMANYREQUESTS')
    expect(await statusOf(proxy, '/v2/library/other/manifests/latest')).toEqual([429, '180'])
    expect((await proxy.head('/v2/library/other/manifests/latest')).status).toBe(429)
    expect(outcomeOf(await proxy.get(`${APP}/manifests/latest`))).toBe('stale')
    expect(outcomeOf(await proxy.get(`${APP}/blobs/${one?.digest}`))).toBe('hit')
    expect([upstream.count(), upstream.tokens.log.count()]).toEqual([0, 0])
    expect(proxy.log.of('upstream.limited')).toHaveLength(1)

    upstream.clearFaults()
    proxy.clock.advance(180 * SECOND)
    expect(outcomeOf(await proxy.get(`${APP}/blobs/${two?.digest}`))).toBe('miss')
  })

  test('a download that is refused when it is resumed ends, never as a whole one, and asks no more', async () => {
    await using upstream = await startScriptedUpstream()
    const image = upstream.addImage('library/app', { layers: [Buffer.alloc(300_000, 1)] })
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    const path = `${APP}/blobs/${image.layers[0]?.digest}`
    await proxy.get(`${APP}/manifests/latest`)
    const gate = makeGate()
    upstream.fault({
      match: { path: /blobs/ },
      times: 1,
      do: [
        { kind: 'hold', afterBytes: 50_000, until: gate.promise },
        { kind: 'reset', afterBytes: 100_000 },
      ],
    })
    upstream.fault({ match: { path: /blobs/ }, do: LIMITED })
    const broken = await proxy.get(path)
    gate.open()
    await expect.poll(() => proxy.log.of('fill.interrupted').length).toBe(1)
    proxy.clock.advance(SECOND / 4)
    await expect(broken.arrayBuffer()).rejects.toThrow()
    await expect.poll(() => proxy.log.of('fill.failed').length).toBe(1)
    expect(await statusOf(proxy, path)).toEqual([429, '300'])
    expect(upstream.count({ path: /blobs/ })).toBe(2)

    upstream.clearFaults()
    proxy.clock.advance(300 * SECOND)
    const whole = await proxy.get(path)
    expect([whole.status, (await whole.arrayBuffer()).byteLength]).toEqual([200, 300_000])
    // What was there is not fetched again.
    expect(upstream.requests.at(-1)?.headers.range).toBe('bytes=100000-')
  })
})

test('(d15) a restart during a pause does not make us ask again', async () => {
  await using upstream = await startScriptedUpstream()
  upstream.addImage('library/app')
  await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  upstream.fault({ do: { kind: 'status', status: 429, headers: { 'retry-after': '300' } } })
  expect(await statusOf(proxy, `${APP}/manifests/latest`)).toEqual([429, '300'])
  upstream.log.clear()
  await proxy.restart()
  proxy.clock.advance(100 * SECOND)
  expect(await statusOf(proxy, `${APP}/manifests/latest`)).toEqual([429, '200'])
  expect(upstream.count()).toBe(0)
  upstream.clearFaults()
  proxy.clock.advance(200 * SECOND)
  expect(outcomeOf(await proxy.get(`${APP}/manifests/latest`))).toBe('miss')
})

describe('(d14) where an upstream leads for its blobs', () => {
  test('failing again and again, it is spared; manifests are still fetched', async () => {
    await using upstream = await startScriptedUpstream()
    await using elsewhere = await startScriptedUpstream()
    const layers = [1, 2, 3, 4].map((fill) => Buffer.alloc(1_000, fill))
    const image = upstream.addImage('library/app', { tags: ['1', '2'], layers })
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    await proxy.get(`${APP}/manifests/1`)
    upstream.fault({
      match: { path: /blobs/ },
      do: { kind: 'redirect', to: ({ path }) => `${elsewhere.url}${path}` },
    })
    elsewhere.fault({ do: { kind: 'status', status: 500 } })
    const [first, ...others] = image.layers.map(({ digest }) => `${APP}/blobs/${digest}`)
    // One that is broken is no reason to refuse others.
    for (let turn = 0; turn < 4; turn += 1) expect(await statusOf(proxy, first ?? '')).toEqual([502, '30'])
    for (const path of others.slice(0, 2)) expect(await statusOf(proxy, path)).toEqual([502, '30'])
    const asked = elsewhere.count()
    expect(await statusOf(proxy, others[2] ?? '')).toEqual([502, '1'])
    expect(elsewhere.count()).toBe(asked)
    expect(outcomeOf(await proxy.get(`${APP}/manifests/2`))).toBe('miss')

    elsewhere.clearFaults()
    elsewhere.addImage('library/app', { layers })
    proxy.clock.advance(SECOND)
    expect(outcomeOf(await proxy.get(others[2] ?? ''))).toBe('miss')
    expect(outcomeOf(await proxy.get(first ?? ''))).toBe('miss')
  })
})

describe('(d14) a server that says when to come back', () => {
  test('a registry with 503 is asked by nobody before', async () => {
    await using upstream = await startScriptedUpstream()
    upstream.addImage('library/app', { tags: ['here', 'cold'] })
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    await proxy.get(`${APP}/manifests/here`)
    upstream.fault({ do: { kind: 'status', status: 503, headers: { 'retry-after': '120' } } })
    expect(await statusOf(proxy, `${APP}/manifests/cold`)).toEqual([502, '120'])
    upstream.log.clear()
    proxy.clock.advance(100 * SECOND)
    expect(await statusOf(proxy, `${APP}/manifests/cold`)).toEqual([502, '20'])
    expect(outcomeOf(await proxy.get(`${APP}/manifests/here`))).toBe('stale')
    expect(upstream.count()).toBe(0)
    upstream.clearFaults()
    proxy.clock.advance(20 * SECOND)
    expect(outcomeOf(await proxy.get(`${APP}/manifests/cold`))).toBe('miss')
  })

  test('a token server with 429 is not asked before', async () => {
    await using upstream = await startScriptedUpstream({
      auth: { kind: 'bearer' },
      tokens: { anonymous: ['library/app', 'library/other'] },
    })
    upstream.addImage('library/app')
    upstream.addImage('library/other')
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    await proxy.get(`${APP}/manifests/latest`)
    upstream.tokens.fault({ do: { kind: 'status', status: 429, headers: { 'retry-after': '600' } } })
    expect(await statusOf(proxy, '/v2/library/other/manifests/latest')).toEqual([429, '600'])
    upstream.tokens.log.clear()
    proxy.clock.advance(590 * SECOND)
    expect(await statusOf(proxy, '/v2/library/other/manifests/latest')).toEqual([429, '10'])
    expect(outcomeOf(await proxy.get(`${APP}/manifests/latest`))).toBe('stale')
    expect(upstream.tokens.log.count()).toBe(0)
    upstream.tokens.clearFaults()
    proxy.clock.advance(10 * SECOND)
    expect(outcomeOf(await proxy.get('/v2/library/other/manifests/latest'))).toBe('miss')
  })
})

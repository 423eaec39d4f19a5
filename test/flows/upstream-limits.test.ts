import { describe, expect, test } from 'vitest'
import { makeGate, type ScriptedImage, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { errorCodeOf, outcomeOf, startProxy } from '../support/start-proxy.ts'

const SECOND = 1_000

function layerOf(image: ScriptedImage, index = 0) {
  const layer = image.layers[index]
  if (layer === undefined) throw new Error(`the image has no layer ${index}`)
  return layer
}

test('all downloads from an upstream together keep to its bandwidth', async () => {
  await using upstream = await startScriptedUpstream()
  const image = upstream.addImage('library/app', {
    layers: [Buffer.alloc(800_000, 1), Buffer.alloc(800_000, 2)],
  })
  await using proxy = await startProxy({
    upstreams: { 'docker.io': { at: upstream.url, bytesPerSecond: 400_000 } },
  })
  await proxy.get('/v2/library/app/manifests/latest')
  const startedAt = proxy.clock.now()
  let isDone = false
  const replies = Promise.all(
    image.layers.map(async ({ digest }) =>
      (await proxy.get(`/v2/library/app/blobs/${digest}`)).arrayBuffer(),
    ),
  ).finally(() => {
    isDone = true
  })
  // Downloads fall asleep anew after each piece: the clock goes on in steps that let them.
  for (let step = 0; !isDone && step < 2_000; step += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    proxy.clock.advance(50)
  }
  for (const [index, bytes] of (await replies).entries()) {
    expect(Buffer.from(bytes).equals(layerOf(image, index).bytes)).toBe(true)
  }
  // 1.6 MB less the quarter of a second that is given at once.
  expect(proxy.clock.now() - startedAt).toBeGreaterThanOrEqual(3_750)
})

test('no more blobs are downloaded at once than the settings say', async () => {
  await using upstream = await startScriptedUpstream()
  const gate = makeGate()
  const image = upstream.addImage('library/app', {
    layers: [1, 2, 3].map((fill) => Buffer.alloc(100_000, fill)),
  })
  await using proxy = await startProxy({ upstreams: { 'docker.io': { at: upstream.url, maxDownloads: 2 } } })
  await proxy.get('/v2/library/app/manifests/latest')
  upstream.fault({ match: { path: /blobs/ }, do: { kind: 'hold', afterBytes: 1_000, until: gate.promise } })
  const asked = image.layers.map(({ digest }) => proxy.get(`/v2/library/app/blobs/${digest}`))
  await upstream.waitFor({ path: /blobs/ }, 2)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(upstream.count({ path: /blobs/ })).toBe(2)
  gate.open()
  for (const [index, reply] of (await Promise.all(asked)).entries()) {
    expect(Buffer.from(await reply.arrayBuffer()).equals(layerOf(image, index).bytes)).toBe(true)
  }
})

describe('(d14) while an upstream fails', () => {
  test('who asks for something that is not here is told at once, until one finds out that it is over', async () => {
    await using upstream = await startScriptedUpstream()
    upstream.addImage('library/app', { tags: ['1', '2', '3', '4'] })
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    upstream.fault({ do: { kind: 'status', status: 503 } })
    for (const tag of ['1', '2', '3']) await proxy.get(`/v2/library/app/manifests/${tag}`)
    expect(upstream.count()).toBe(3)
    const refused = await proxy.get('/v2/library/app/manifests/4')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([502, '1'])
    expect(await errorCodeOf(refused)).toBe('UPSTREAM_UNAVAILABLE')
    expect(upstream.count()).toBe(3)
    upstream.clearFaults()
    proxy.clock.advance(SECOND)
    expect(outcomeOf(await proxy.get('/v2/library/app/manifests/4'))).toBe('miss')
  })

  test('a layer that breaks off is still resumed', async () => {
    await using upstream = await startScriptedUpstream()
    const image = upstream.addImage('library/app', { layers: [Buffer.alloc(300_000, 1)] })
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    await proxy.get('/v2/library/app/manifests/latest')
    const gate = makeGate()
    upstream.fault({
      match: { path: /blobs/ },
      times: 1,
      do: [
        { kind: 'hold', afterBytes: 50_000, until: gate.promise },
        { kind: 'reset', afterBytes: 100_000 },
      ],
    })
    upstream.fault({ match: { path: /manifests/ }, do: { kind: 'status', status: 500 } })
    const blob = proxy.get(`/v2/library/app/blobs/${layerOf(image).digest}`)
    await upstream.waitFor({ path: /blobs/ })
    for (const tag of ['a', 'b', 'c', 'd']) await proxy.get(`/v2/library/app/manifests/${tag}`)
    expect(upstream.count({ path: /manifests\/[abcd]/ })).toBe(3)
    gate.open()
    while (proxy.log.of('fill.interrupted').length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5))
    proxy.clock.advance(SECOND / 4)
    expect(Buffer.from(await (await blob).arrayBuffer()).equals(layerOf(image).bytes)).toBe(true)
  })

  test('a token server that never answers costs one client the deadline, not every client', async () => {
    await using upstream = await startScriptedUpstream({
      auth: { kind: 'bearer' },
      tokens: { anonymous: ['library/app'] },
    })
    upstream.addImage('library/app', { tags: ['1', '2'] })
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    await proxy.get('/v2/library/app/manifests/1')
    await proxy.get('/v2/library/app/manifests/2')
    upstream.tokens.fault({ do: { kind: 'silence' } })
    upstream.tokens.revokeTokens()
    proxy.clock.advance(3_600 * SECOND)
    upstream.tokens.log.clear()
    const first = proxy.get('/v2/library/app/manifests/1')
    await upstream.tokens.log.waitFor({})
    proxy.clock.advance(3 * SECOND)
    expect(outcomeOf(await first)).toBe('stale')
    // Nobody moves the clock for this one: it must not wait.
    const second = await proxy.get('/v2/library/app/manifests/2')
    expect(outcomeOf(second)).toBe('stale')
    expect(second.headers.get('warning')).toContain('token server')
    expect(upstream.tokens.log.count()).toBe(1)
  })
})

describe('(d15) an upstream that limits us', () => {
  const tagUrl = (tag: string) => `/v2/library/app/manifests/${tag}`
  const LIMITED = { kind: 'status', status: 429, headers: { 'retry-after': '300' } } as const

  test('is not asked for a manifest before its Retry-After; what is here is served', async () => {
    await using upstream = await startScriptedUpstream()
    const image = upstream.addImage('library/app', { tags: ['here', 'cold', 'other'] })
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    await proxy.get(tagUrl('here'))
    upstream.fault({ do: LIMITED })
    const first = await proxy.get(tagUrl('cold'))
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '300'])
    upstream.log.clear()
    proxy.clock.advance(59 * SECOND)
    const second = await proxy.get(tagUrl('other'))
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '241'])
    expect(await errorCodeOf(second)).toBe('TOOMANYREQUESTS')
    const byDigest = await proxy.get(tagUrl(image.manifest.digest))
    expect(outcomeOf(byDigest)).toBe('hit')
    expect(outcomeOf(await proxy.get(tagUrl('here')))).toBe('stale')
    expect(upstream.count()).toBe(0)
    expect(proxy.log.of('upstream.limited')).toHaveLength(1)

    // One HEAD a minute tells whether tags moved.
    upstream.clearFaults()
    proxy.clock.advance(2 * SECOND)
    expect(outcomeOf(await proxy.get(tagUrl('here')))).toBe('revalidated')
    expect((await proxy.head(tagUrl('cold'))).status).toBe(429)
    expect(upstream.requests.map(({ method }) => method)).toEqual(['HEAD'])
    proxy.clock.advance(240 * SECOND)
    expect(outcomeOf(await proxy.get(tagUrl('cold')))).toBe('miss')
  })

  test('is not asked by GET either where its HEAD tells no digest', async () => {
    await using upstream = await startScriptedUpstream()
    upstream.addImage('library/app', { tags: ['here'] })
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    await proxy.get(tagUrl('here'))
    upstream.fault({ times: 1, do: LIMITED })
    await proxy.get(tagUrl('cold'))
    upstream.fault({ do: { kind: 'headers', set: { 'docker-content-digest': undefined } } })
    upstream.log.clear()
    proxy.clock.advance(61 * SECOND)
    expect(outcomeOf(await proxy.get(tagUrl('here')))).toBe('stale')
    expect(upstream.requests.map(({ method }) => method)).toEqual(['HEAD'])
  })

  test('keeps its last pulls for images that are not here', async () => {
    await using upstream = await startScriptedUpstream()
    upstream.addImage('library/app', { tags: ['here'] })
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    const told = (remaining: number) => {
      upstream.clearFaults()
      const set = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': `${remaining};w=21600` }
      upstream.fault({ do: { kind: 'headers', set } })
    }
    told(10)
    await proxy.get(tagUrl('here'))
    upstream.addImage('library/app', { tags: ['here'], layers: [Buffer.from('moved')] })
    upstream.addImage('library/new')
    upstream.log.clear()
    proxy.clock.advance(61 * SECOND)
    const held = await proxy.get(tagUrl('here'))
    expect(outcomeOf(held)).toBe('stale')
    expect(held.headers.get('warning')).toMatch(/leaves us 10 of 100 pulls.*reserve/)
    expect(outcomeOf(await proxy.get(tagUrl('here')))).toBe('stale')
    expect(upstream.requests.map(({ method }) => method)).toEqual(['HEAD'])
    expect(outcomeOf(await proxy.get('/v2/library/new/manifests/latest'))).toBe('miss')
    told(90)
    await proxy.head('/v2/library/new/manifests/unknown')
    proxy.clock.advance(61 * SECOND)
    // The HEAD that says it moved says too that enough is left.
    expect(outcomeOf(await proxy.get(tagUrl('here')))).toBe('updated')
  })
})

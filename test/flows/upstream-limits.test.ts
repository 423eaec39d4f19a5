import { expect, test } from 'vitest'
import { makeGate, type ScriptedImage, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { startProxy } from '../support/start-proxy.ts'

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

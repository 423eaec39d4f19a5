import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import {
  type ScriptedImage,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS
const YEAR_MS = 365 * DAY_MS
const KIB = 1024

let upstream: ScriptedUpstream
let proxy: RunningProxy
let image: ScriptedImage

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  const storage = { maxAgeMs: 30 * DAY_MS, maxBytes: 100 * KIB }
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url }, storage })
  image = upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(20 * KIB)] })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

/** The manifest's outcome, every byte being verified. */
async function pull(tag: string, { root, config, layers }: ScriptedImage): Promise<string | undefined> {
  const manifest = await proxy.get(`/v2/library/app/manifests/${tag}`)
  expect(digestOf(Buffer.from(await manifest.arrayBuffer()))).toBe(root.digest)
  for (const { digest } of [config, ...layers]) {
    const blob = await proxy.get(`/v2/library/app/blobs/${digest}`)
    expect(digestOf(Buffer.from(await blob.arrayBuffer()))).toBe(digest)
    if (outcomeOf(blob) === 'miss') await proxy.blobCommitted(digest)
  }
  return outcomeOf(manifest)
}

async function names(): Promise<string[]> {
  return (await proxy.admin.list({ limit: 100 })).map(({ name }) =>
    name.replace('docker.io/library/app:', ''),
  )
}

/** Hour by hour, each when the hourly look has gone to sleep for it. */
async function passHours(hours: number): Promise<void> {
  for (let hour = 0; hour < hours; hour += 1) {
    await expect.poll(() => proxy.hasLookedThisHour, { interval: 1 }).toBe(true)
    proxy.clock.advance(HOUR_MS)
  }
  await expect.poll(() => proxy.hasLookedThisHour, { interval: 1 }).toBe(true)
}

describe('(d25) a clock that is set forward by a year', () => {
  test('makes nothing old at once: nothing is collected for a day', async () => {
    expect(await pull('1', image)).toBe('miss')
    await passHours(2)
    proxy.clock.jump(YEAR_MS)
    await passHours(1)
    expect(proxy.log.of('clock.jumped')[0]?.fields).toMatchObject({ jumpedMs: YEAR_MS })
    expect(await names()).toEqual(['1'])
    // What is used in this day is young again; the tag is only asked for.
    expect(await pull('1', image)).toBe('revalidated')
    await passHours(26)
    expect(await names()).toEqual(['1'])
  })

  test('and back again within the day, has changed nothing', async () => {
    await pull('1', image)
    await passHours(2)
    proxy.clock.jump(YEAR_MS)
    await passHours(3)
    proxy.clock.jump(-YEAR_MS)
    await passHours(30)
    expect(await names()).toEqual(['1'])
    expect(proxy.log.of('clock.jumped')).toHaveLength(2)
  })

  test('does not stop the collection for ever', async () => {
    await pull('1', image)
    await passHours(1)
    proxy.clock.jump(YEAR_MS)
    await passHours(26)
    expect(await names()).toEqual([])
  })

  test('before the start, it collects nothing until it went right for an hour', async () => {
    await pull('1', image)
    await proxy.stop()
    proxy.clock.jump(YEAR_MS)
    await proxy.start()
    await expect.poll(() => proxy.hasLookedThisHour, { interval: 1 }).toBe(true)
    proxy.clock.jump(-YEAR_MS)
    await passHours(2)
    expect(await names()).toEqual(['1'])
  })
})

describe('(d25) a clock that is set back by a day', () => {
  test('a tag is asked for once, and fresh again', async () => {
    await pull('1', image)
    proxy.clock.jump(-DAY_MS)
    expect(await pull('1', image)).toBe('revalidated')
    upstream.log.clear()
    expect(await pull('1', image)).toBe('hit')
    expect(upstream.count()).toBe(0)
  })

  test('a name that was unknown is asked for again', async () => {
    expect((await proxy.get('/v2/library/app/manifests/2')).status).toBe(404)
    upstream.addImage('library/app', { tags: ['2'] })
    expect((await proxy.get('/v2/library/app/manifests/2')).status).toBe(404)
    proxy.clock.jump(-DAY_MS)
    expect((await proxy.get('/v2/library/app/manifests/2')).status).toBe(200)
  })

  test('an upstream that said 429, or failed, is asked again', async () => {
    upstream.fault({ times: 1, do: { kind: 'status', status: 429, headers: { 'retry-after': '3600' } } })
    expect((await proxy.get('/v2/library/app/manifests/1')).status).toBe(429)
    proxy.clock.jump(-DAY_MS)
    expect(await pull('1', image)).toBe('miss')
    upstream.fault({ times: 3, do: { kind: 'status', status: 503 } })
    for (const tag of ['a', 'b', 'c', 'd']) await proxy.get(`/v2/library/app/manifests/${tag}`)
    proxy.clock.jump(-DAY_MS)
    upstream.addImage('library/app', { tags: ['d'] })
    expect((await proxy.get('/v2/library/app/manifests/d')).status).toBe(200)
  })

  test('where a HEAD said that a tag points is not believed for longer because of it', async () => {
    await proxy.head('/v2/library/app/manifests/1')
    proxy.clock.jump(-DAY_MS)
    proxy.clock.advance(6 * 60_000)
    await proxy.get(`/v2/library/app/manifests/${image.root.digest}`)
    upstream.log.clear()
    await pull('1', image)
    expect(upstream.count({ path: /manifests\/1$/ })).toBe(1)
  })

  test('what was pulled while it was ahead is not kept for the sake of that: the first eviction dates it back', async () => {
    const later = ['2', '3', '4', '5', '6', '7', '8', '9'].map((tag) => ({
      tag,
      image: upstream.addImage('library/app', { tags: [tag], layers: [randomBytes(20 * KIB)] }),
    }))
    proxy.clock.jump(DAY_MS)
    await pull('1', image)
    await proxy.restart()
    proxy.clock.jump(-DAY_MS)
    for (const { tag, image: next } of later) {
      await pull(tag, next)
      proxy.clock.advance(HOUR_MS)
    }
    expect(await names()).not.toContain('1')
    expect(await names()).toContain('9')
  })
})

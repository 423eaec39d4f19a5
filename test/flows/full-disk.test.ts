import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import type { WarmEvent } from '../../src/server/schemas/control.ts'
import { type BlobClient, openBlob } from '../support/blob-client.ts'
import { makeGate, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { clientOf } from '../support/start-controlled.ts'
import { outcomeOf, RunningProxy } from '../support/start-proxy.ts'

const REPOSITORY = 'library/app'
const MIB = 1024 * 1024
const DISK_BYTES = 16 * MIB
const BLOB_REQUESTS = { path: /\/blobs\// }

const disk = await mountSmallDisk(DISK_BYTES)
await disk?.[Symbol.asyncDispose]()

describe.skipIf(disk === undefined)('(d9) a disk that somebody else fills', () => {
  let small: SmallDisk
  let upstream: ScriptedUpstream
  let proxy: RunningProxy

  beforeEach(async () => {
    const mounted = await mountSmallDisk(DISK_BYTES)
    if (mounted === undefined) throw new Error('it could be mounted a moment ago')
    small = mounted
    upstream = await startScriptedUpstream()
    // Nothing is kept free, so that the disk is full before the account of the space says so.
    const storage = { maxBytes: 1024 * MIB, minFreeBytes: Number.NEGATIVE_INFINITY }
    proxy = new RunningProxy({ upstreams: { 'docker.io': upstream.url }, storage }, small)
    await proxy.start()
  })

  afterEach(async () => {
    await proxy[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  function addBlob(sizeBytes: number): { digest: Digest; bytes: Buffer; path: string } {
    const blob = upstream.addBlob(REPOSITORY, randomBytes(sizeBytes))
    return { ...blob, path: `/v2/${REPOSITORY}/blobs/${blob.digest}` }
  }

  function open(path: string, headers?: Record<string, string>): Promise<BlobClient> {
    return openBlob(`${proxy.url}${path}`, headers)
  }

  test('a blob larger than the disk reaches its clients whole, once from the upstream', async () => {
    const blob = addBlob(3 * DISK_BYTES)
    const clients = await Promise.all([open(blob.path), open(blob.path), open(blob.path)])
    const [start, end] = [2 * DISK_BYTES, 2 * DISK_BYTES + 5 * MIB]
    const part = await open(blob.path, { range: `bytes=${start}-${end - 1}` })
    for (const client of clients) expect(digestOf(await client.whole())).toBe(blob.digest)
    expect((await part.whole()).equals(blob.bytes.subarray(start, end))).toBe(true)
    expect(upstream.count(BLOB_REQUESTS)).toBe(1)
    expect(proxy.log.of('storage.full')).toHaveLength(1)
    expect(proxy.log.of('fill.failed')).toEqual([])
  })

  test('in the middle of a download: readers at different paces get every byte', async () => {
    const blob = addBlob(24 * MIB)
    const gate = makeGate()
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'hold', until: gate.promise, afterBytes: 4 * MIB } })
    const fast = await open(blob.path)
    const paced = await open(blob.path)
    const late = await open(blob.path)
    late.pause()
    await fast.received(2 * MIB)
    await small.fill(MIB)
    gate.open()
    const whole = Promise.all([fast.whole(), paced.whole(), late.whole()])
    for (let round = 0; round < 20; round += 1) {
      paced.pause()
      await delay(15)
      paced.resume()
      await delay(5)
    }
    late.resume()
    for (const bytes of await whole) expect(digestOf(bytes)).toBe(blob.digest)
    expect(upstream.count(BLOB_REQUESTS)).toBe(1)
  })

  test('who comes when the beginning is gone gets a request of their own, and everything', async () => {
    const blob = addBlob(32 * MIB)
    const gate = makeGate()
    upstream.fault({
      match: BLOB_REQUESTS,
      times: 1,
      do: { kind: 'hold', until: gate.promise, afterBytes: 28 * MIB },
    })
    const first = await open(blob.path)
    await first.received(26 * MIB)
    const late = await proxy.get(blob.path)
    expect(late.headers.get('cache-status')).toBe('entrepot; fwd=bypass; detail=skip')
    expect(digestOf(Buffer.from(await late.arrayBuffer()))).toBe(blob.digest)
    gate.open()
    expect(digestOf(await first.whole())).toBe(blob.digest)
    expect(upstream.count(BLOB_REQUESTS)).toBe(2)
  })

  test('new blobs pass through, small and large; said once; kept again when there is room', async () => {
    await small.fill(0)
    for (const sizeBytes of [1000, 10 * MIB, 100_000, 3 * MIB]) {
      const blob = addBlob(sizeBytes)
      const reply = await proxy.get(blob.path)
      expect(digestOf(Buffer.from(await reply.arrayBuffer()))).toBe(blob.digest)
    }
    const passed = addBlob(MIB)
    expect(outcomeOf(await proxy.get(passed.path))).toBe('skip')
    expect(proxy.log.of('storage.full')).toHaveLength(1)
    expect((await proxy.get('/healthz')).status).toBe(200)
    expect((await proxy.get('/readyz')).status).toBe(503)

    await small.free()
    proxy.clock.advance(10_000)
    const kept = addBlob(MIB)
    await (await proxy.get(kept.path)).arrayBuffer()
    await proxy.blobCommitted(kept.digest)
    expect(outcomeOf(await proxy.get(kept.path))).toBe('hit')
    expect(proxy.log.of('storage.recovered')).toHaveLength(1)
  })

  test('a small blob is remembered for a minute, and asked for again after it', async () => {
    await small.fill(0)
    const image = upstream.addImage(REPOSITORY, { tags: ['1'], layers: [randomBytes(100_000)] })
    await proxy.get(`/v2/${REPOSITORY}/manifests/1`)
    const [config, layer] = [image.config, image.layers[0]].map(
      (blob) => `/v2/${REPOSITORY}/blobs/${blob?.digest}`,
    ) as [string, string]
    let passed = 0
    const outcomes = async (path: string) => {
      const first = await proxy.get(path)
      await first.arrayBuffer()
      await expect.poll(() => proxy.log.of('blob.passed').length).toBeGreaterThan(passed)
      passed = proxy.log.of('blob.passed').length
      return [outcomeOf(first), outcomeOf(await proxy.get(path))]
    }
    expect(await outcomes(config)).toEqual(['skip', 'hit'])
    const again = Buffer.from(await (await proxy.get(config)).arrayBuffer())
    expect(again.equals(image.config.bytes)).toBe(true)
    expect(await outcomes(layer)).toEqual(['skip', 'skip'])
    proxy.clock.advance(61_000)
    expect(outcomeOf(await proxy.get(config))).not.toBe('hit')
  })

  test('warming says that nothing is kept, and warms when there is room again', async () => {
    await small.fill(0)
    upstream.addImage(REPOSITORY, { tags: ['1'], layers: [randomBytes(3 * MIB)] })
    const client = clientOf(proxy)
    const warm = async () => {
      const events: WarmEvent[] = []
      const order = { images: ['app:1'], platforms: 'all' as const }
      await client.warm(order, (event) => events.push(event), new AbortController().signal)
      return events
    }
    expect(await warm()).toMatchObject([
      { type: 'failed', image: 'app:1', message: expect.stringContaining('the storage takes nothing more') },
      { type: 'end', done: 0, failed: 1 },
    ])
    await small.free()
    proxy.clock.advance(61_000)
    // The first that is kept tells that there is room again.
    const kept = addBlob(MIB)
    await (await proxy.get(kept.path)).arrayBuffer()
    await proxy.blobCommitted(kept.digest)
    expect(await warm()).toMatchObject([
      { type: 'done', image: 'app:1', fetchedBlobs: 2 },
      { type: 'end', done: 1, failed: 0 },
    ])
    await client.close()
    await upstream.stop()
    expect(outcomeOf(await proxy.get(`/v2/${REPOSITORY}/manifests/1`))).toBe('hit')
  })

  test('wrong bytes never end as a good reply', async () => {
    await small.fill(0)
    const blob = addBlob(8 * MIB)
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'wrong-bytes' } })
    const client = await open(blob.path)
    await expect(client.whole()).rejects.toThrow()
    expect(client.receivedBytes).toBeLessThan(blob.bytes.length)
    const again = await open(blob.path)
    await expect(again.whole()).rejects.toThrow()
  })

  test('a download that the upstream breaks off is resumed', async () => {
    await small.fill(0)
    const blob = addBlob(12 * MIB)
    upstream.fault({ match: BLOB_REQUESTS, times: 1, do: { kind: 'reset', afterBytes: 5 * MIB } })
    const timer = setInterval(() => proxy.clock.hasSleeperWithin(5 * 60_000) && proxy.clock.advance(1_000), 5)
    const client = await open(blob.path)
    expect(digestOf(await client.whole().finally(() => clearInterval(timer)))).toBe(blob.digest)
  })

  test('a small part far ahead comes at once, and the download that nobody reads ends', async () => {
    await small.fill(0)
    const blob = addBlob(24 * MIB)
    const gate = makeGate()
    upstream.fault({
      match: BLOB_REQUESTS,
      times: 1,
      do: { kind: 'hold', until: gate.promise, afterBytes: MIB },
    })
    const part = await open(blob.path, { range: 'bytes=-1000' })
    expect((await part.whole()).equals(blob.bytes.subarray(-1000))).toBe(true)
    gate.open()
    await expect.poll(() => proxy.log.of('fill.unread'), { timeout: 5_000 }).toHaveLength(1)
    expect(upstream.count(BLOB_REQUESTS)).toBe(2)
    expect(proxy.log.of('fill.failed')).toEqual([])
  })

  test('one whose clients all leave ends', async () => {
    await small.fill(0)
    const blob = addBlob(24 * MIB)
    const client = await open(blob.path)
    await client.received(MIB)
    client.leave()
    await expect.poll(() => upstream.connectionCount, { timeout: 5_000 }).toBe(0)
    expect(proxy.log.of('fill.failed')).toEqual([])
  })
})

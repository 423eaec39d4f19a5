import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { type BlobClient, openBlob } from '../support/blob-client.ts'
import {
  type Fault,
  makeGate,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { errorCodeOf, outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const REPOSITORY = 'library/app'
const MIB = 1024 * 1024
const BLOB_REQUESTS = { path: /\/blobs\// }

let upstream: ScriptedUpstream
let proxy: RunningProxy

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

function addBlob(sizeBytes: number): { digest: Digest; bytes: Buffer; path: string } {
  const blob = upstream.addBlob(REPOSITORY, randomBytes(sizeBytes))
  return { ...blob, path: pathOf(blob.digest) }
}

function pathOf(digest: Digest): string {
  return `/v2/${REPOSITORY}/blobs/${digest}`
}

function open(path: string, headers?: Record<string, string>): Promise<BlobClient> {
  return openBlob(`${proxy.url}${path}`, headers)
}

/** Fills wait on the test's clock before they try again: lets them go on as soon as they sleep. */
async function wakeRetries<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => proxy.clock.hasSleeperWithin(5 * 60_000) && proxy.clock.advance(10_000), 5)
  return work.finally(() => clearInterval(timer))
}

describe('a cold blob', () => {
  test('is downloaded once, and then served without the upstream', async () => {
    const blob = addBlob(3 * MIB)
    const cold = await proxy.get(blob.path)
    expect(cold.status).toBe(200)
    expect(outcomeOf(cold)).toBe('miss')
    expect(cold.headers.get('content-length')).toBe(String(blob.bytes.length))
    expect(cold.headers.get('docker-content-digest')).toBe(blob.digest)
    expect(cold.headers.has('content-encoding')).toBe(false)
    expect(digestOf(Buffer.from(await cold.arrayBuffer()))).toBe(blob.digest)
    await proxy.blobCommitted(blob.digest)

    await upstream.stop()
    const hot = await proxy.get(blob.path)
    expect(outcomeOf(hot)).toBe('hit')
    expect(digestOf(Buffer.from(await hot.arrayBuffer()))).toBe(blob.digest)
  })

  test('(d1) costs one upstream request however many clients ask, and all stream while it fills', async () => {
    const blob = addBlob(8 * MIB)
    const gate = makeGate()
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'hold', until: gate.promise, afterBytes: 4 * MIB } })
    const clients = await Promise.all(Array.from({ length: 10 }, () => open(blob.path)))
    // Everybody has the first megabytes although the upstream stands still in the middle.
    await Promise.all(clients.map((client) => client.received(3 * MIB)))
    const late = await open(blob.path)
    await late.received(3 * MIB)
    expect(late.headers['cache-status']).toContain('collapsed')
    gate.open()
    for (const client of [...clients, late]) expect(digestOf(await client.whole())).toBe(blob.digest)
    expect(upstream.count(BLOB_REQUESTS)).toBe(1)
  })

  test('(d2) goes on filling when the only client leaves', async () => {
    const blob = addBlob(8 * MIB)
    const gate = makeGate()
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'hold', until: gate.promise, afterBytes: 4 * MIB } })
    const client = await open(blob.path)
    await client.received(MIB)
    client.leave()
    gate.open()
    await proxy.blobCommitted(blob.digest)
    expect(upstream.count(BLOB_REQUESTS)).toBe(1)
    expect(outcomeOf(await proxy.get(blob.path))).toBe('hit')
  })

  test('(d3) is not slowed down by a client that does not read', async () => {
    const blob = addBlob(32 * MIB)
    const slow = await open(blob.path)
    slow.pause()
    const fast = await open(blob.path)
    expect(digestOf(await fast.whole())).toBe(blob.digest)
    await proxy.blobCommitted(blob.digest)
    slow.resume()
    expect(digestOf(await slow.whole())).toBe(blob.digest)
    expect(upstream.count(BLOB_REQUESTS)).toBe(1)
  })

  test('(d23) answers ranges from the running download', async () => {
    const blob = addBlob(8 * MIB)
    const gate = makeGate()
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'hold', until: gate.promise, afterBytes: 4 * MIB } })
    const first = await open(blob.path, { range: 'bytes=0-99' })
    expect(first.status).toBe(206)
    expect(first.headers['content-range']).toBe(`bytes 0-99/${blob.bytes.length}`)
    expect((await first.whole()).equals(blob.bytes.subarray(0, 100))).toBe(true)
    const suffix = open(blob.path, { range: 'bytes=-1000' })
    const openEnded = open(blob.path, { range: `bytes=${6 * MIB}-` })
    gate.open()
    expect((await (await suffix).whole()).equals(blob.bytes.subarray(-1000))).toBe(true)
    expect((await (await openEnded).whole()).equals(blob.bytes.subarray(6 * MIB))).toBe(true)
    expect(upstream.count(BLOB_REQUESTS)).toBe(1)
  })

  test('(d7) without a length from the upstream is served whole, its length computed', async () => {
    const blob = addBlob(MIB)
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'content-length', value: 'none' } })
    const reply = await open(blob.path, { range: 'bytes=0-9' })
    expect(reply.status).toBe(200)
    expect(reply.headers['content-length']).toBeUndefined()
    expect(digestOf(await reply.whole())).toBe(blob.digest)
    await proxy.blobCommitted(blob.digest)
    const hot = await proxy.get(blob.path, { range: 'bytes=0-9' })
    expect(hot.headers.get('content-range')).toBe(`bytes 0-9/${MIB}`)
  })

  test('at most 32 at once from one upstream, the others in order', async () => {
    const gate = makeGate()
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'hold', until: gate.promise } })
    const blobs = Array.from({ length: 40 }, () => addBlob(1000))
    const replies = blobs.map((blob) => proxy.get(blob.path))
    await upstream.waitFor(BLOB_REQUESTS, 32)
    expect(upstream.count(BLOB_REQUESTS)).toBe(32)
    gate.open()
    for (const [index, reply] of (await Promise.all(replies)).entries()) {
      expect(digestOf(Buffer.from(await reply.arrayBuffer()))).toBe(blobs[index]?.digest)
    }
  })
})

describe('an upstream that breaks off', () => {
  const breaks: { name: string; fault: Fault }[] = [
    { name: 'closes early', fault: { kind: 'close', afterBytes: 3 * MIB } },
    { name: 'resets', fault: { kind: 'reset', afterBytes: 3 * MIB } },
    { name: 'stalls', fault: { kind: 'stall', afterBytes: 3 * MIB } },
  ]

  test.each(breaks)('(d4) (d5) and $name is resumed with Range where it stopped', async ({ fault }) => {
    const blob = addBlob(8 * MIB)
    upstream.fault({ match: BLOB_REQUESTS, times: 1, do: fault })
    await using impatient = await startProxy({
      upstreams: { 'docker.io': upstream.url },
      timing: { bodyIdleMs: 300 },
      clock: proxy.clock,
    })
    const client = await openBlob(`${impatient.url}${blob.path}`)
    expect(digestOf(await wakeRetries(client.whole()))).toBe(blob.digest)
    const [first, second, ...more] = upstream.requests
    expect(first?.range).toBeUndefined()
    const resumedAt = Number(/^bytes=(\d+)-$/.exec(second?.range ?? '')?.[1])
    expect(resumedAt).toBeGreaterThan(0)
    expect(resumedAt).toBeLessThanOrEqual(3 * MIB)
    expect(more).toEqual([])
  })

  test('(d4) and cannot do ranges is read again from the start and skipped forward', async () => {
    const blob = addBlob(8 * MIB)
    upstream.fault({ match: BLOB_REQUESTS, times: 1, do: { kind: 'reset', afterBytes: 3 * MIB } })
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'ignore-range' } })
    const client = await open(blob.path)
    expect(digestOf(await wakeRetries(client.whole()))).toBe(blob.digest)
    expect(upstream.count(BLOB_REQUESTS)).toBe(2)
  })

  test('(d4) five times without getting anywhere ends the reply, never cleanly, and keeps what arrived', async () => {
    const blob = addBlob(8 * MIB)
    upstream.fault({ match: BLOB_REQUESTS, times: 1, do: { kind: 'reset', afterBytes: 3 * MIB } })
    const broken = upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'status', status: 503 } })
    const client = await open(blob.path)
    await expect(wakeRetries(client.whole())).rejects.toThrow()
    expect(upstream.count(BLOB_REQUESTS)).toBe(1 + 4)

    broken()
    upstream.log.clear()
    const again = await open(blob.path)
    expect(digestOf(await again.whole())).toBe(blob.digest)
    expect(upstream.requests[0]?.range).toMatch(/^bytes=[1-9]\d*-$/)
  })

  test('before the first byte is told to the client at once', async () => {
    const blob = addBlob(1000)
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'status', status: 503 } })
    const reply = await proxy.get(blob.path)
    expect(reply.status).toBe(502)
    expect(await errorCodeOf(reply)).toBe('UPSTREAM_UNAVAILABLE')
    expect(upstream.count(BLOB_REQUESTS)).toBe(1)
  })
})

describe('a blob that was cut off by a restart', () => {
  test('(d8) is resumed from the partial file, which is hashed again', async () => {
    const blob = addBlob(8 * MIB)
    const gate = makeGate()
    upstream.fault({
      match: BLOB_REQUESTS,
      times: 1,
      do: { kind: 'hold', until: gate.promise, afterBytes: 5 * MIB },
    })
    const client = await open(blob.path)
    await client.received(4 * MIB)
    await proxy.stop(0)
    await expect(client.whole()).rejects.toThrow()
    gate.open()
    await proxy.start()
    upstream.log.clear()
    const again = await open(blob.path)
    expect(digestOf(await again.whole())).toBe(blob.digest)
    expect(upstream.requests.map((request) => request.range)).toEqual([
      expect.stringMatching(/^bytes=\d{7,}-$/),
    ])
  })
})

describe('wrong content', () => {
  test('(d6) never ends as a clean reply, and nothing of it is kept', async () => {
    const blob = addBlob(8 * MIB)
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'wrong-bytes' } })
    const client = await open(blob.path)
    await expect(client.whole()).rejects.toThrow()
    expect(client.receivedBytes).toBeLessThan(blob.bytes.length)
    expect(await filesIn(proxy.storagePath)).toEqual([])

    upstream.clearFaults()
    const again = await open(blob.path)
    expect(digestOf(await again.whole())).toBe(blob.digest)
  })

  test('(d6) smaller than the withheld tail is an error in words: not one byte of it was shown', async () => {
    const blob = addBlob(10_000)
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'wrong-bytes' } })
    const reply = await proxy.get(blob.path)
    expect(reply.status).toBe(502)
    expect(await errorCodeOf(reply)).toBe('UPSTREAM_INVALID')
  })

  test('(d6) without a length ends without the end of a chunked reply', async () => {
    const blob = addBlob(MIB)
    upstream.fault({
      match: BLOB_REQUESTS,
      do: [{ kind: 'wrong-bytes' }, { kind: 'content-length', value: 'none' }],
    })
    const client = await open(blob.path)
    await expect(client.whole()).rejects.toThrow()
  })

  test.each([
    { name: 'longer', change: (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('more')]) },
    { name: 'shorter', change: (bytes: Buffer) => bytes.subarray(0, -4) },
  ])('$name than its manifest says is refused', async ({ change }) => {
    const image = upstream.addImage(REPOSITORY, { tags: ['1'], layers: [randomBytes(MIB)] })
    const layer = image.layers[0]
    await proxy.get(`/v2/${REPOSITORY}/manifests/1`)
    if (layer === undefined) throw new Error('the image has a layer')
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'replace-body', body: change(layer.bytes) } })
    const client = await open(pathOf(layer.digest))
    // In words when it was found out before the first byte left, else cut off.
    if (client.status === 200) await expect(wakeRetries(client.whole())).rejects.toThrow()
    else expect(client.status).toBe(502)
    expect(await filesIn(join(proxy.storagePath, 'v1', 'blobs'))).toEqual([])
  })
})

describe('a blob on the disk', () => {
  test('(d12) whose file was cut is fetched again', async () => {
    const blob = addBlob(2 * MIB)
    await (await proxy.get(blob.path)).arrayBuffer()
    await proxy.blobCommitted(blob.digest)
    await proxy.truncateBlob(blob.digest, 1000)
    const reply = await proxy.get(blob.path)
    expect(outcomeOf(reply)).toBe('miss')
    expect(digestOf(Buffer.from(await reply.arrayBuffer()))).toBe(blob.digest)
  })

  test.each([
    { range: 'bytes=0-', status: 206, contentRange: 'bytes 0-1999999/2000000', size: 2_000_000 },
    { range: 'bytes=10-19', status: 206, contentRange: 'bytes 10-19/2000000', size: 10 },
    { range: 'bytes=-5', status: 206, contentRange: 'bytes 1999995-1999999/2000000', size: 5 },
    { range: 'bytes=1999990-9999999', status: 206, contentRange: 'bytes 1999990-1999999/2000000', size: 10 },
    { range: 'bytes=0-1,5-9', status: 200, contentRange: null, size: 2_000_000 },
    { range: 'lines=1-2', status: 200, contentRange: null, size: 2_000_000 },
  ])('answers $range with $status', async ({ range, status, contentRange, size }) => {
    const blob = addBlob(2_000_000)
    await (await proxy.get(blob.path)).arrayBuffer()
    const reply = await proxy.get(blob.path, { range })
    expect(reply.status).toBe(status)
    expect(reply.headers.get('content-range')).toBe(contentRange)
    expect((await reply.arrayBuffer()).byteLength).toBe(size)
  })

  test('(d24) answers a range outside of it with 416 and its length', async () => {
    const blob = addBlob(1000)
    await (await proxy.get(blob.path)).arrayBuffer()
    const reply = await proxy.get(blob.path, { range: 'bytes=1000-' })
    expect(reply.status).toBe(416)
    expect(reply.headers.get('content-range')).toBe('bytes */1000')
    expect(await errorCodeOf(reply)).toBe('RANGE_INVALID')
  })

  test('is 304 for a client that has it', async () => {
    const blob = addBlob(1000)
    await (await proxy.get(blob.path)).arrayBuffer()
    const reply = await proxy.get(blob.path, { 'if-none-match': `"${blob.digest}"` })
    expect(reply.status).toBe(304)
    expect((await reply.arrayBuffer()).byteLength).toBe(0)
  })
})

describe('HEAD of a blob', () => {
  test('that is cold takes the size from the manifest, without asking the upstream', async () => {
    const image = upstream.addImage(REPOSITORY, { tags: ['1'], layers: [randomBytes(5000)] })
    await proxy.get(`/v2/${REPOSITORY}/manifests/1`)
    await upstream.stop()
    const reply = await proxy.head(pathOf(image.layers[0]?.digest as Digest))
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-length')).toBe('5000')
  })

  test('(d22) that no manifest names asks for the first byte: blobs are never HEADed upstream', async () => {
    const blob = addBlob(5000)
    const reply = await proxy.head(blob.path)
    expect(reply.headers.get('content-length')).toBe('5000')
    expect(upstream.requests.map(({ method, range }) => `${method} ${range}`)).toEqual(['GET bytes=0-0'])
  })

  test('that does not exist is BLOB_UNKNOWN, remembered for ten seconds', async () => {
    const path = pathOf(digestOf(Buffer.from('nothing')))
    expect((await proxy.head(path)).status).toBe(404)
    const reply = await proxy.get(path)
    expect(reply.status).toBe(404)
    expect(await errorCodeOf(reply)).toBe('BLOB_UNKNOWN')
    expect(upstream.count(BLOB_REQUESTS)).toBe(1)
  })
})

async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /^(?:sha\d+-)?[0-9a-f]{64}$/.test(entry.name))
    .map((entry) => entry.name)
}

import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { type BlobClient, openBlob } from '../support/blob-client.ts'
import {
  type Fault,
  type Gate,
  makeGate,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'

const REPOSITORY = 'library/app'
const MIB = 1024 * 1024
const SIZE_BYTES = 24 * MIB
const BLOB_REQUESTS = { path: /\/blobs\// }

let upstream: ScriptedUpstream
let proxy: RunningProxy
let gate: Gate

/** The download of the whole stands still after 4 MiB, until the gate is opened. */
beforeEach(async () => {
  upstream = await startScriptedUpstream()
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  gate = makeGate()
  upstream.fault({
    match: BLOB_REQUESTS,
    times: 1,
    do: { kind: 'hold', until: gate.promise, afterBytes: 4 * MIB },
  })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

function addBlob(): { digest: Digest; bytes: Buffer; path: string } {
  const blob = upstream.addBlob(REPOSITORY, randomBytes(SIZE_BYTES))
  return { ...blob, path: `/v2/${REPOSITORY}/blobs/${blob.digest}` }
}

function open(path: string, range?: string): Promise<BlobClient> {
  return openBlob(`${proxy.url}${path}`, range === undefined ? {} : { range })
}

/** Someone who pulls the whole, and has what came before the upstream stood still. */
async function openWhole(path: string): Promise<BlobClient> {
  const whole = await open(path)
  await whole.received(3 * MIB)
  return whole
}

function ranges(): (string | undefined)[] {
  return upstream.requests.map(({ range }) => range)
}

describe('(d23) a small range far ahead of a download', () => {
  test.each([
    { asked: `bytes=${16 * MIB}-${17 * MIB - 1}`, from: 16 * MIB, to: 17 * MIB },
    { asked: 'bytes=-1000', from: SIZE_BYTES - 1000, to: SIZE_BYTES },
    { asked: `bytes=${SIZE_BYTES - 5}-${SIZE_BYTES * 2}`, from: SIZE_BYTES - 5, to: SIZE_BYTES },
  ])('$asked comes at once, in a request of its own, and no byte more', async ({ asked, from, to }) => {
    const blob = addBlob()
    const whole = await openWhole(blob.path)
    const part = await open(blob.path, asked)
    expect(part.status).toBe(206)
    expect(part.headers['content-range']).toBe(`bytes ${from}-${to - 1}/${SIZE_BYTES}`)
    expect((await part.whole()).equals(blob.bytes.subarray(from, to))).toBe(true)
    expect(ranges()).toEqual([undefined, `bytes=${from}-${to - 1}`])
    expect(upstream.requests[1]?.bytesSent).toBe(to - from)
    gate.open()
    expect(digestOf(await whole.whole())).toBe(blob.digest)
    expect(upstream.requests).toHaveLength(2)
  })

  test('that is the first to ask for the blob starts its download too', async () => {
    const blob = addBlob()
    const footer = await open(blob.path, 'bytes=-51')
    expect((await footer.whole()).equals(blob.bytes.subarray(-51))).toBe(true)
    gate.open()
    await proxy.blobCommitted(blob.digest)
    expect(ranges()).toEqual([undefined, expect.stringMatching(/^bytes=/)])
  })

  test('is four at once, and the others wait for the download', async () => {
    const blob = addBlob()
    await openWhole(blob.path)
    const side = makeGate()
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'hold', until: side.promise, afterBytes: 1000 } })
    const starts = [16, 17, 18, 19, 20, 21].map((mib) => mib * MIB)
    const parts = starts.map((start) => open(blob.path, `bytes=${start}-${start + 9_999}`))
    await upstream.waitFor(BLOB_REQUESTS, 5)
    gate.open()
    await proxy.blobCommitted(blob.digest)
    side.open()
    for (const [index, part] of (await Promise.all(parts)).entries()) {
      const start = starts[index] ?? 0
      expect((await part.whole()).equals(blob.bytes.subarray(start, start + 10_000))).toBe(true)
    }
    expect(upstream.requests).toHaveLength(1 + 4)
  })

  test('costs half the blob together, and no more', async () => {
    const blob = addBlob()
    await openWhole(blob.path)
    const ask = (mib: number) => open(blob.path, `bytes=${mib * MIB}-${(mib + 4) * MIB - 1}`)
    for (const mib of [14, 18, 20]) await (await ask(mib)).whole()
    const fourth = ask(16)
    gate.open()
    expect((await (await fourth).whole()).equals(blob.bytes.subarray(16 * MIB, 20 * MIB))).toBe(true)
    expect(upstream.requests).toHaveLength(1 + 3)
  })

  test('ends when the client leaves', async () => {
    const blob = addBlob()
    await openWhole(blob.path)
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'stall', afterBytes: 100_000 } })
    const part = await open(blob.path, `bytes=${16 * MIB}-${17 * MIB - 1}`)
    await part.received(100_000)
    expect(upstream.connectionCount).toBe(2)
    part.leave()
    await expect.poll(() => upstream.connectionCount, { timeout: 5_000 }).toBe(1)
  })

  test('is read on from the download when that gets there first', async () => {
    const blob = addBlob()
    const whole = await openWhole(blob.path)
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'stall', afterBytes: 100_000 } })
    const part = await open(blob.path, `bytes=${16 * MIB}-${17 * MIB - 1}`)
    await part.received(100_000)
    gate.open()
    expect((await part.whole()).equals(blob.bytes.subarray(16 * MIB, 17 * MIB))).toBe(true)
    expect(digestOf(await whole.whole())).toBe(blob.digest)
  })

  test('is cut off when the download turns out to be wrong', async () => {
    upstream.clearFaults()
    const held: Fault = { kind: 'hold', until: gate.promise, afterBytes: 4 * MIB }
    upstream.fault({ match: BLOB_REQUESTS, times: 1, do: [{ kind: 'wrong-bytes' }, held] })
    const blob = addBlob()
    await openWhole(blob.path)
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'stall', afterBytes: 100_000 } })
    const part = await open(blob.path, 'bytes=-200000')
    await part.received(100_000)
    gate.open()
    await expect(part.whole()).rejects.toThrow()
  })

  const troubles: { name: string; fault: Fault }[] = [
    { name: 'cannot do ranges', fault: { kind: 'ignore-range' } },
    { name: 'breaks off', fault: { kind: 'reset', afterBytes: 300_000 } },
    { name: 'refuses', fault: { kind: 'status', status: 429 } },
    { name: 'has another size for it', fault: { kind: 'headers', set: { 'content-range': sizeOf(1) } } },
    { name: 'has no size for it', fault: { kind: 'headers', set: { 'content-range': sizeOf('*') } } },
  ]
  test.each(troubles)(
    'waits for the download when the upstream $name, and asks no more',
    async ({ fault }) => {
      const blob = addBlob()
      await openWhole(blob.path)
      upstream.fault({ match: BLOB_REQUESTS, do: fault })
      const range = `bytes=${16 * MIB}-${17 * MIB - 1}`
      const first = open(blob.path, range)
      await expect.poll(() => proxy.log.of('range.failed'), { timeout: 5_000 }).toHaveLength(1)
      const second = open(blob.path, range)
      gate.open()
      for (const part of [await first, await second]) {
        expect((await part.whole()).equals(blob.bytes.subarray(16 * MIB, 17 * MIB))).toBe(true)
      }
      expect(upstream.requests).toHaveLength(2)
    },
  )
})

describe('(d23) who reads the whole in pieces', () => {
  test.each([
    { name: 'open-ended', range: (start: number) => `bytes=${start}-` },
    { name: 'large', range: (start: number) => `bytes=${start}-${start + 8 * MIB - 1}` },
  ])('$name: all of them come from one download', async ({ range }) => {
    const blob = addBlob()
    const starts = [0, 8 * MIB, 16 * MIB]
    const opening = starts.map((start) => open(blob.path, range(start)))
    await expect.poll(() => upstream.requests[0]?.bytesSent, { timeout: 5_000 }).toBe(4 * MIB)
    gate.open()
    const pieces = await Promise.all(opening)
    // Who asked without an end has enough after the piece, and closes the connection.
    await Promise.all(pieces.map((piece) => piece.received(7 * MIB)))
    for (const piece of pieces) piece.leave()
    await proxy.blobCommitted(blob.digest)
    expect(ranges()).toEqual([undefined])
    expect(upstream.requests[0]?.bytesSent).toBe(SIZE_BYTES)
  })

  test('(d24) several ranges in one request are answered with the whole', async () => {
    const blob = addBlob()
    gate.open()
    const reply = await open(blob.path, `bytes=0-1,${16 * MIB}-${17 * MIB}`)
    expect(reply.status).toBe(200)
    expect(digestOf(await reply.whole())).toBe(blob.digest)
    expect(ranges()).toEqual([undefined])
  })
})

function sizeOf(size: number | '*'): string {
  return `bytes ${16 * MIB}-${17 * MIB - 1}/${size === '*' ? size : SIZE_BYTES + size}`
}

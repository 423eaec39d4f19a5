import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BufferPool, LARGE_CHUNK_BYTES, SMALL_CHUNK_BYTES } from '../../src/streams/buffer-pool.ts'
import { FollowRange } from '../../src/streams/follow.ts'
import { Growth } from '../../src/streams/growth.ts'
import { ClientGone } from '../../src/streams/send.ts'
import { receive, SendBench, send, sha256 } from './send-bench.ts'

const MIB = 1024 * 1024
/** More than the kernel takes in for a client that reads nothing. */
const CONTENT = randomBytes(64 * MIB)
const STALL_MS = 300

let bench: SendBench

beforeEach(async () => {
  bench = await SendBench.open(CONTENT)
})

afterEach(() => bench[Symbol.asyncDispose]())

describe('a client that reads', () => {
  const ranges: [name: string, start: number, end: number][] = [
    ['everything', 0, CONTENT.length],
    ['a part', 123_457, 7_654_321],
    ['one byte', 99, 100],
    ['nothing', 99, 99],
  ]
  test.each(ranges)('gets %s, unchanged and in order', async (_, start, end) => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await bench.connection()
    const received = receive(client)
    const sentBytes = await send(bench.openContent(start, end), sink, pool)
    expect(sentBytes).toBe(end - start)
    expect(pool.lentBytes).toBe(0)
    expect(sink.writable, 'the sink stays open').toBe(true)
    sink.end()
    expect(await received).toEqual({ sizeBytes: end - start, hash: sha256(CONTENT.subarray(start, end)) })
  })

  test('shares a pool that has room for one of them', async () => {
    const pool = new BufferPool(LARGE_CHUNK_BYTES)
    const all = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { sink, client } = await bench.connection()
        const received = receive(client)
        await send(bench.openContent(0, 4 * MIB), sink, pool)
        sink.end()
        return received
      }),
    )
    expect(new Set(all.map(({ hash }) => hash))).toEqual(new Set([sha256(CONTENT.subarray(0, 4 * MIB))]))
    expect(pool.lentBytes).toBe(0)
  })

  test('leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { sink, client } = await bench.connection()
      const received = receive(client)
      await send(bench.openContent(0, 4 * MIB), sink, new BufferPool(8 * MIB))
      expect(vi.getTimerCount()).toBe(0)
      sink.end()
      await received
    } finally {
      vi.useRealTimers()
    }
  })

  test('is not blamed for content that comes late', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await bench.connection()
    const received = receive(client)
    const growth = new Growth()
    const file = bench.openFile()
    const reader = new FollowRange(file, growth, 0)
    await file.release()
    growth.advance(MIB)
    const sending = send(reader, sink, pool, STALL_MS)
    await delay(2 * STALL_MS)
    growth.advance(MIB)
    await delay(100)
    growth.verify()
    expect(await sending).toBe(2 * MIB)
    sink.end()
    expect((await received).hash).toBe(sha256(CONTENT.subarray(0, 2 * MIB)))
  })
})

describe('a client that does not read', () => {
  test('is cut off, and holds nothing any more', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await bench.connection()
    const sending = send(bench.openContent(), sink, pool, STALL_MS)
    await expect(sending).rejects.toThrow(`${STALL_MS} ms`)
    await expect(sending).rejects.toBeInstanceOf(ClientGone)
    expect(pool.lentBytes).toBe(0)
    client.destroy()
  })

  test('is not cut off while it takes a chunk within the time', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await bench.connection()
    const stallMs = 500
    const sending = send(bench.openContent(0, 16 * MIB), sink, pool, stallMs)
    const startedAt = performance.now()
    const hash = createHash('sha256')
    client.on('data', (chunk: Buffer) => {
      hash.update(chunk)
      client.pause()
      setTimeout(() => client.resume(), 8)
    })
    client.resume()
    expect(await sending).toBe(16 * MIB)
    expect(performance.now() - startedAt, 'the client was slow').toBeGreaterThan(stallMs)
    sink.end()
    await once(client, 'end')
    expect(hash.digest('hex')).toBe(sha256(CONTENT.subarray(0, 16 * MIB)))
  })

  test('fifty of them hold little, and whoever reads on gets everything', async () => {
    const pool = new BufferPool(32 * MIB)
    const slow = await Promise.all(Array.from({ length: 50 }, () => bench.connection()))
    const sendings = slow.map(({ sink }) => send(bench.openContent(), sink, pool))
    for (const sending of sendings) sending.catch(() => {})
    let mostLentBytes = 0
    for (let waited = 0; waited < 40; waited += 1) {
      await delay(10)
      mostLentBytes = Math.max(mostLentBytes, pool.lentBytes)
    }
    expect(mostLentBytes).toBeGreaterThanOrEqual(50 * SMALL_CHUNK_BYTES)
    expect(mostLentBytes).toBeLessThanOrEqual(32 * MIB)
    const [first] = slow
    if (first === undefined) throw new Error('no connection')
    const received = receive(first.client)
    expect(await sendings[0]).toBe(CONTENT.length)
    first.sink.end()
    expect((await received).hash).toBe(sha256(CONTENT))
    for (const { client } of slow) client.destroy()
    const settled = await Promise.allSettled(sendings)
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(49)
    expect(pool.lentBytes).toBe(0)
  })
})

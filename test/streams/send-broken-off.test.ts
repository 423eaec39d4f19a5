import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BufferPool, LARGE_CHUNK_BYTES, SMALL_CHUNK_BYTES } from '../../src/streams/buffer-pool.ts'
import { FollowRange } from '../../src/streams/follow.ts'
import { Growth } from '../../src/streams/growth.ts'
import { MemoryRange } from '../../src/streams/memory-range.ts'
import type { RangeReader } from '../../src/streams/range-reader.ts'
import { ClientGone, sendRange } from '../../src/streams/send.ts'
import { receive, SendBench, send } from './send-bench.ts'

const MIB = 1024 * 1024
/** More than the kernel takes in for a client that reads nothing. */
const CONTENT = randomBytes(64 * MIB)
const STALL_MS = 300

let bench: SendBench

beforeEach(async () => {
  bench = await SendBench.open(CONTENT)
})

afterEach(() => bench[Symbol.asyncDispose]())

/** A reader that waits until it is told what to do. */
class ScriptedReader implements RangeReader {
  disposed = false
  #go: () => void = () => {}
  readonly #waiting = new Promise<void>((resolve) => {
    this.#go = resolve
  })
  #error: Error | undefined

  go(error?: Error): void {
    this.#error = error
    this.#go()
  }

  async ready(): Promise<void> {
    await this.#waiting
    if (this.#error !== undefined) throw this.#error
  }

  async read(): Promise<number> {
    await this.ready()
    return 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true
  }
}

describe('a client that leaves', () => {
  test('in the middle', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await bench.connection()
    const sending = send(bench.openContent(), sink, pool)
    await once(client, 'readable')
    client.destroy()
    await expect(sending).rejects.toBeInstanceOf(ClientGone)
    expect(pool.lentBytes).toBe(0)
  })

  test('before the first byte', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink } = await bench.connection()
    sink.destroy()
    await once(sink, 'close')
    await expect(send(bench.openContent(), sink, pool)).rejects.toBeInstanceOf(ClientGone)
    expect(pool.lentBytes).toBe(0)
  })

  test('while the content is still to come', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await bench.connection()
    const reader = new ScriptedReader()
    const sending = send(reader, sink, pool)
    sink.resume()
    client.destroy()
    await expect(sending).rejects.toBeInstanceOf(ClientGone)
    expect(reader.disposed).toBe(true)
    expect(pool.lentBytes).toBe(0)
    // Nobody is there to hear this any more, and it is no unhandled rejection.
    reader.go(new Error('broken'))
    await delay(10)
  })

  test('while it waits for a buffer: the buffer goes to the next one', async () => {
    const pool = new BufferPool(LARGE_CHUNK_BYTES)
    const everything = await pool.acquire(LARGE_CHUNK_BYTES)
    const gone = await bench.connection()
    const patient = await bench.connection()
    gone.sink.resume()
    const goneSending = send(bench.openContent(), gone.sink, pool)
    const patientSending = send(new MemoryRange(CONTENT.subarray(0, MIB)), patient.sink, pool)
    gone.client.destroy()
    await expect(goneSending).rejects.toBeInstanceOf(ClientGone)
    const received = receive(patient.client)
    pool.release(everything)
    expect(await patientSending).toBe(MIB)
    patient.sink.end()
    expect((await received).sizeBytes).toBe(MIB)
    expect(pool.lentBytes).toBe(0)
  })
})

describe('content that fails', () => {
  test('is never ended cleanly', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await bench.connection()
    const growth = new Growth()
    const file = bench.openFile()
    const reader = new FollowRange(file, growth, 0)
    await file.release()
    growth.setTotal(CONTENT.length)
    growth.advance(4 * MIB)
    const broken = new Error('broken')
    const sending = send(reader, sink, pool)
    await once(client, 'readable')
    growth.fail(broken)
    client.resume()
    await expect(sending).rejects.toBe(broken)
    expect(pool.lentBytes).toBe(0)
  })

  test('before the first byte', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await bench.connection()
    const reader = new ScriptedReader()
    const sending = send(reader, sink, pool)
    reader.go(new Error('broken'))
    await expect(sending).rejects.toThrow('broken')
    expect(reader.disposed).toBe(true)
    client.destroy()
  })
})

test('replies that wait behind a slow one on the same connection hold one small buffer, not for ever', async () => {
  const pool = new BufferPool(8 * MIB)
  const sendings: Promise<number>[] = []
  const http = createServer((request, response) => {
    response.writeHead(200)
    const stallMs = request.url === '/first' ? undefined : STALL_MS
    sendings.push(sendRange(new MemoryRange(CONTENT), response, pool, stallMs))
    for (const sending of sendings) sending.catch(() => {})
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const client = connect((http.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => {})
  client.pause()
  const requests = ['/first', '/second', '/third'].map((url) => `GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`)
  client.write(requests.join(''))
  while (sendings.length < 3) await delay(5)
  await delay(STALL_MS / 3)
  const firstHoldsBytes = pool.lentBytes - 2 * SMALL_CHUNK_BYTES
  for (const waiting of sendings.slice(1)) await expect(waiting).rejects.toBeInstanceOf(ClientGone)
  expect(pool.lentBytes).toBe(firstHoldsBytes)
  client.destroy()
  await expect(sendings[0]).rejects.toBeInstanceOf(ClientGone)
  expect(pool.lentBytes).toBe(0)
  http.close()
  await once(http, 'close')
})

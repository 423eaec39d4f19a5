import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { BufferPool, LARGE_CHUNK_BYTES, SMALL_CHUNK_BYTES } from '../../src/streams/buffer-pool.ts'
import { FileRange } from '../../src/streams/file-range.ts'
import { FollowRange } from '../../src/streams/follow.ts'
import { Growth } from '../../src/streams/growth.ts'
import { MemoryRange } from '../../src/streams/memory-range.ts'
import type { RangeReader } from '../../src/streams/range-reader.ts'
import { ClientGone, sendRange } from '../../src/streams/send.ts'
import { SharedFile } from '../../src/streams/shared-file.ts'
import { CAN_LIST_DESCRIPTORS, openBelow } from '../support/open-descriptors.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'

const MIB = 1024 * 1024
/** More than the kernel takes in for a client that reads nothing. */
const CONTENT = randomBytes(64 * MIB)
const STALL_MS = 300

let dir: TempDir
let path: string

beforeAll(async () => {
  dir = await makeTempDir()
  path = join(dir.path, 'content')
  await writeFile(path, CONTENT)
})

afterAll(() => dir[Symbol.asyncDispose]())

let server: Server
let accepted: ((socket: Socket) => void)[]

beforeEach(async () => {
  accepted = []
  server = createServer((socket) => {
    socket.on('error', () => {})
    accepted.shift()?.(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  server.close()
  await once(server, 'close')
  if (CAN_LIST_DESCRIPTORS) expect(openBelow(dir.path)).toEqual([])
})

/** A connection: what the server writes to, and a client that reads nothing yet. */
async function connection(): Promise<{ sink: Socket; client: Socket }> {
  const sink = new Promise<Socket>((resolve) => accepted.push(resolve))
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => {})
  client.pause()
  await once(client, 'connect')
  return { sink: await sink, client }
}

function openContent(start = 0, end = CONTENT.length): FileRange {
  const file = new SharedFile(openSync(path, 'r'))
  const reader = new FileRange(file, start, end)
  void file.release()
  return reader
}

/** Sends as a request handler does: disposes the reader, and destroys the sink of what failed. */
async function send(reader: RangeReader, sink: Socket, pool: BufferPool, stallMs?: number): Promise<number> {
  try {
    await using owned = reader
    return await sendRange(owned, sink, pool, stallMs)
  } catch (error) {
    sink.destroy()
    throw error
  }
}

async function receive(client: Socket): Promise<{ sizeBytes: number; hash: string }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of client) {
    hash.update(chunk)
    sizeBytes += chunk.length
  }
  return { sizeBytes, hash: hash.digest('hex') }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

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

describe('a client that reads', () => {
  const ranges: [name: string, start: number, end: number][] = [
    ['everything', 0, CONTENT.length],
    ['a part', 123_457, 7_654_321],
    ['one byte', 99, 100],
    ['nothing', 99, 99],
  ]
  test.each(ranges)('gets %s, unchanged and in order', async (_, start, end) => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await connection()
    const received = receive(client)
    const sentBytes = await send(openContent(start, end), sink, pool)
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
        const { sink, client } = await connection()
        const received = receive(client)
        await send(openContent(0, 4 * MIB), sink, pool)
        sink.end()
        return received
      }),
    )
    expect(new Set(all.map(({ hash }) => hash))).toEqual(new Set([sha256(CONTENT.subarray(0, 4 * MIB))]))
    expect(pool.lentBytes).toBe(0)
  })

  test('is not blamed for content that comes late', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await connection()
    const received = receive(client)
    const growth = new Growth()
    const file = new SharedFile(openSync(path, 'r'))
    const reader = new FollowRange(file, growth, 0)
    await file.release()
    growth.advance(MIB)
    const sending = send(reader, sink, pool, 50)
    await delay(200)
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
    const { sink, client } = await connection()
    const sending = send(openContent(), sink, pool, STALL_MS)
    await expect(sending).rejects.toThrow(`${STALL_MS} ms`)
    await expect(sending).rejects.toBeInstanceOf(ClientGone)
    expect(pool.lentBytes).toBe(0)
    client.destroy()
  })

  test('is not cut off while it takes a chunk within the time', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await connection()
    const stallMs = 500
    const sending = send(openContent(0, 16 * MIB), sink, pool, stallMs)
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
    const slow = await Promise.all(Array.from({ length: 50 }, connection))
    const sendings = slow.map(({ sink }) => send(openContent(), sink, pool))
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

describe('a client that leaves', () => {
  test('in the middle', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await connection()
    const sending = send(openContent(), sink, pool)
    await once(client, 'readable')
    client.destroy()
    await expect(sending).rejects.toBeInstanceOf(ClientGone)
    expect(pool.lentBytes).toBe(0)
  })

  test('before the first byte', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink } = await connection()
    sink.destroy()
    await once(sink, 'close')
    await expect(send(openContent(), sink, pool)).rejects.toBeInstanceOf(ClientGone)
    expect(pool.lentBytes).toBe(0)
  })

  test('while the content is still to come', async () => {
    const pool = new BufferPool(8 * MIB)
    const { sink, client } = await connection()
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
    const gone = await connection()
    const patient = await connection()
    gone.sink.resume()
    const goneSending = send(openContent(), gone.sink, pool)
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
    const { sink, client } = await connection()
    const growth = new Growth()
    const file = new SharedFile(openSync(path, 'r'))
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
    const { sink, client } = await connection()
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
  const http = createHttpServer((request, response) => {
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

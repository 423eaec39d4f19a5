import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import type { Fault } from '../support/scripted-upstream.ts'
import { app, failureOf, openUpstream, readAll } from './open-upstream.ts'

const bytes = randomBytes(700_000)
const missing = digestOf(Buffer.from('missing'))

describe('fetchBlob', () => {
  test('from the beginning, without Range', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    const blob = await open.upstream.fetchBlob(app, digest, {})
    expect(blob).toMatchObject({ offset: 0, totalBytes: bytes.length })
    expect((await readAll(blob.body)).equals(bytes)).toBe(true)
    expect(open.scripted.requests).toHaveLength(1)
    expect(open.scripted.requests[0]).toMatchObject({ method: 'GET', range: undefined })
  })

  test('from an offset, with Range', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    const blob = await open.upstream.fetchBlob(app, digest, { offset: 300_000 })
    expect(blob).toMatchObject({ offset: 300_000, totalBytes: bytes.length })
    expect((await readAll(blob.body)).equals(bytes.subarray(300_000))).toBe(true)
    expect(open.scripted.requests[0]?.range).toBe('bytes=300000-')
  })

  test.each([
    { end: 300_100, asked: 'bytes=300000-300099' },
    { end: 800_000, asked: 'bytes=300000-799999' },
  ])('up to byte $end, and no further', async ({ end, asked }) => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    const blob = await open.upstream.fetchBlob(app, digest, { offset: 300_000, end })
    expect(blob).toMatchObject({ offset: 300_000, totalBytes: bytes.length })
    expect((await readAll(blob.body)).equals(bytes.subarray(300_000, end))).toBe(true)
    expect(open.scripted.requests[0]?.range).toBe(asked)
  })

  test('a part that is shorter than what was asked for is interrupted', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    const said = 'bytes 300000-300049/700000'
    open.scripted.fault({
      do: [
        { kind: 'replace-body', body: bytes.subarray(300_000, 300_050) },
        { kind: 'headers', set: { 'content-range': said } },
      ],
    })
    const { body } = await open.upstream.fetchBlob(app, digest, { offset: 300_000, end: 300_100 })
    expect(await failureOf(readAll(body))).toMatchObject({ code: 'interrupted' })
  })

  test('an upstream without ranges begins at 0', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    open.scripted.fault({ do: { kind: 'ignore-range' } })
    const blob = await open.upstream.fetchBlob(app, digest, { offset: 300_000 })
    expect(blob).toMatchObject({ offset: 0, totalBytes: bytes.length })
    expect((await readAll(blob.body)).equals(bytes)).toBe(true)
  })

  test('(d7) without Content-Length the size is unknown and the framing ends the body', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    open.scripted.fault({ do: { kind: 'content-length', value: 'none' } })
    const blob = await open.upstream.fetchBlob(app, digest, {})
    expect(blob.totalBytes).toBeUndefined()
    expect((await readAll(blob.body)).equals(bytes)).toBe(true)
  })

  test('an empty blob', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, Buffer.alloc(0))
    const blob = await open.upstream.fetchBlob(app, digest, {})
    expect(blob.totalBytes).toBe(0)
    expect(await readAll(blob.body)).toHaveLength(0)
  })

  const range = (value: string | undefined): Fault => ({ kind: 'headers', set: { 'content-range': value } })
  const refused: { name: string; offset: number; fault?: Fault; code: string; says: RegExp }[] = [
    { name: 'an offset at the end', offset: 700_000, code: 'invalid', says: /no byte 700000/ },
    {
      name: 'another start',
      offset: 5,
      fault: range('bytes 4-699998/700000'),
      code: 'invalid',
      says: /byte 4 instead of 5/,
    },
    {
      name: 'no Content-Range',
      offset: 5,
      fault: range(undefined),
      code: 'invalid',
      says: /without a Content-Range/,
    },
    {
      name: 'a garbled Content-Range',
      offset: 5,
      fault: range('5-'),
      code: 'invalid',
      says: /without a Content-Range/,
    },
    {
      name: 'a lying Content-Range',
      offset: 5,
      fault: range('bytes 5-9/700000'),
      code: 'invalid',
      says: /contradicts/,
    },
    { name: 'gzip', offset: 0, fault: { kind: 'gzip' }, code: 'invalid', says: /content-encoding gzip/ },
    { name: '403', offset: 0, fault: { kind: 'status', status: 403 }, code: 'denied', says: /answered 403/ },
    { name: '500', offset: 0, fault: { kind: 'status', status: 500 }, code: 'failed', says: /answered 500/ },
    {
      name: '204',
      offset: 0,
      fault: { kind: 'status', status: 204, body: '' },
      code: 'failed',
      says: /answered 204/,
    },
  ]
  test.each(refused)('$name is $code', async ({ offset, fault, code, says }) => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    if (fault !== undefined) open.scripted.fault({ do: fault })
    const error = await failureOf(open.upstream.fetchBlob(app, digest, { offset }))
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(error.message).toContain(`blob ${digest} of library/app`)
    expect(open.clock.sleeperCount).toBe(0)
  })

  test('a blob that is not there', async () => {
    await using open = await openUpstream()
    expect(await failureOf(open.upstream.fetchBlob(app, missing, {}))).toMatchObject({ code: 'not-found' })
  })
})

describe('(d4) a body that breaks', () => {
  const half = 350_000
  const broken: { name: string; fault: Fault | Fault[]; offset?: number; says: RegExp }[] = [
    {
      name: 'closed short',
      fault: { kind: 'close', afterBytes: half },
      says: /broke off after 350000 bytes/,
    },
    {
      name: 'closed short, resumed',
      offset: 9,
      fault: { kind: 'close', afterBytes: 7 },
      says: /broke off after 7 bytes/,
    },
    { name: 'reset', fault: { kind: 'reset', afterBytes: half }, says: /broke off/ },
    { name: 'a longer Content-Length', fault: { kind: 'content-length', value: 700_001 }, says: /broke off/ },
    {
      name: 'chunked and cut',
      fault: [
        { kind: 'content-length', value: 'none' },
        { kind: 'close', afterBytes: half },
      ],
      says: /broke off/,
    },
  ]
  test.each(broken)('$name: interrupted', async ({ fault, offset = 0, says }) => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    open.scripted.fault({ do: fault })
    // A length that lies leaves the connection open until the server gives it up.
    const { body } = await open.upstream.fetchBlob(app, digest, { offset })
    const failure = failureOf(readAll(body))
    await expect.poll(() => open.scripted.requests[0]?.bytesSent).toBeGreaterThan(0)
    if (!Array.isArray(fault) && fault.kind === 'content-length') open.scripted.disconnect()
    expect(await failure).toMatchObject({ code: 'interrupted', message: expect.stringMatching(says) })
  })

  test('a part that ends before the size it names is not the rest', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    const part = { 'content-range': 'bytes 5-9/700000', 'content-length': '5' }
    open.scripted.fault({ do: { kind: 'status', status: 206, headers: part, body: 'abcde' } })
    const { body, totalBytes } = await open.upstream.fetchBlob(app, digest, { offset: 5 })
    expect(totalBytes).toBe(700_000)
    expect(await failureOf(readAll(body))).toMatchObject({
      code: 'interrupted',
      message: expect.stringContaining('ended after 5 of 699995 bytes'),
    })
  })

  test('(d5) a stall is interrupted after the idle timeout', async () => {
    await using open = await openUpstream({ http: { timing: { bodyIdleMs: 100 } } })
    const { digest } = open.scripted.addBlob(app, bytes)
    open.scripted.fault({ do: { kind: 'stall', afterBytes: half } })
    const { body } = await open.upstream.fetchBlob(app, digest, {})
    const error = await failureOf(readAll(body))
    expect(error).toMatchObject({
      code: 'interrupted',
      message: expect.stringContaining('sent nothing more'),
    })
    await expect.poll(() => open.scripted.connectionCount).toBe(0)
  })

  test('the deadline ends with the head: a slow body may take longer', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    open.scripted.fault({ do: { kind: 'throttle', bytesPerSecond: 4_000_000 } })
    const { body } = await open.upstream.fetchBlob(app, digest, { deadlineMs: 10_000 })
    open.clock.advance(3_600_000)
    expect((await readAll(body)).equals(bytes)).toBe(true)
  })
})

describe('giving up', () => {
  test('destroy frees the connection at once, read or not', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    open.scripted.fault({ do: { kind: 'stall', afterBytes: 100_000 } })
    const unread = await open.upstream.fetchBlob(app, digest, {})
    const reading = await open.upstream.fetchBlob(app, digest, {})
    const failure = failureOf(readAll(reading.body))
    await expect
      .poll(() => open.scripted.requests.map((request) => request.bytesSent))
      .toEqual([100_000, 100_000])
    expect(open.scripted.connectionCount).toBe(2)
    unread.body.destroy()
    reading.body.destroy(new Error('no more'))
    expect(await failure).toMatchObject({ code: 'interrupted' })
    await expect.poll(() => open.scripted.connectionCount).toBe(0)
  })

  test('leaving the loop frees it too', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    open.scripted.fault({ do: { kind: 'stall', afterBytes: 100_000 } })
    const { body } = await open.upstream.fetchBlob(app, digest, {})
    for await (const chunk of body) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    await expect.poll(() => open.scripted.connectionCount).toBe(0)
  })

  test('a signal ends the body with the caller’s reason', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    open.scripted.fault({ do: { kind: 'stall', afterBytes: 100_000 } })
    const caller = new AbortController()
    const { body } = await open.upstream.fetchBlob(app, digest, { signal: caller.signal })
    const reason = new Error('shutting down')
    const read = readAll(body)
    await expect.poll(() => open.scripted.requests[0]?.bytesSent).toBe(100_000)
    caller.abort(reason)
    await expect(read).rejects.toBe(reason)
    await expect.poll(() => open.scripted.connectionCount).toBe(0)
  })

  test('close ends bodies and connections; a read body leaves its connection for the next', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, bytes)
    for (let round = 0; round < 6; round++) {
      const { body } = await open.upstream.fetchBlob(app, digest, {})
      await readAll(body)
    }
    // A connection is free a moment after its body was read, so two may take turns.
    expect(open.scripted.connectionCount).toBeLessThanOrEqual(2)
    open.scripted.fault({ do: { kind: 'stall', afterBytes: 10 } })
    const { body } = await open.upstream.fetchBlob(app, digest, {})
    const failure = failureOf(readAll(body))
    await open.upstream.close()
    expect(await failure).toMatchObject({ code: 'interrupted' })
    await expect.poll(() => open.scripted.connectionCount).toBe(0)
    await open.upstream.close()
  })
})

describe('probeBlob', () => {
  test.each([
    { name: 'with ranges', fault: undefined },
    { name: 'without ranges', fault: { kind: 'ignore-range' } as const },
  ])('$name: the size, and next to nothing of the bytes', async ({ fault }) => {
    await using open = await openUpstream()
    const large = Buffer.alloc(64 * 1024 * 1024)
    const { digest } = open.scripted.addBlob(app, large)
    if (fault !== undefined) open.scripted.fault({ do: fault })
    expect(await open.upstream.probeBlob(app, digest, {})).toEqual({ totalBytes: large.length })
    const [request] = open.scripted.requests
    expect(request).toMatchObject({ method: 'GET', range: 'bytes=0-0' })
    await expect.poll(() => open.scripted.connectionCount).toBe(fault === undefined ? 1 : 0)
    expect(request?.bytesSent).toBeLessThan(large.length / 2)
  })

  test('an empty blob has no first byte, but a size', async () => {
    await using open = await openUpstream()
    const { digest } = open.scripted.addBlob(app, Buffer.alloc(0))
    expect(await open.upstream.probeBlob(app, digest, {})).toEqual({ totalBytes: 0 })
  })

  test('errors are those of a blob', async () => {
    await using open = await openUpstream()
    expect(await failureOf(open.upstream.probeBlob(app, missing, {}))).toMatchObject({ code: 'not-found' })
    expect(open.scripted.count({ method: 'HEAD' })).toBe(0)
  })
})

import { describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { MAX_MANIFEST_BYTES } from '../../src/oci/manifest.ts'
import { MANIFEST_ACCEPT } from '../../src/oci/media-types.ts'
import type { Fault } from '../support/scripted-upstream.ts'
import { app, failureOf, openUpstream, refer } from './open-upstream.ts'

const latest = refer('latest')

describe('resolve', () => {
  test('asks by HEAD with the full Accept, no encoding, and our name', async () => {
    await using open = await openUpstream()
    const { manifest } = open.scripted.addImage(app)
    const resolved = await open.upstream.resolve(app, latest, {})
    expect(resolved).toEqual({
      digest: manifest.digest,
      mediaType: manifest.mediaType,
      sizeBytes: manifest.bytes.length,
    })
    expect(open.scripted.requests).toHaveLength(1)
    const [request] = open.scripted.requests
    expect(request).toMatchObject({ method: 'HEAD', path: '/v2/library/app/manifests/latest' })
    expect(request?.headers).toMatchObject({
      accept: MANIFEST_ACCEPT,
      'accept-encoding': 'identity',
      'user-agent': 'entrepot/0.0.0-test',
    })
  })

  const untold: { name: string; fault: Fault }[] = [
    { name: '405', fault: { kind: 'status', status: 405 } },
    { name: 'no digest', fault: { kind: 'headers', set: { 'docker-content-digest': undefined } } },
    {
      name: 'no digest worth the name',
      fault: { kind: 'headers', set: { 'docker-content-digest': 'md5:1' } },
    },
  ]
  test.each(untold)('$name to HEAD: GET, and compute', async ({ fault }) => {
    await using open = await openUpstream()
    const { manifest } = open.scripted.addImage(app)
    open.scripted.fault({ match: { method: 'HEAD' }, do: fault })
    const resolved = await open.upstream.resolve(app, latest, {})
    expect(resolved).toEqual({
      digest: manifest.digest,
      mediaType: manifest.mediaType,
      sizeBytes: manifest.bytes.length,
    })
    expect(open.scripted.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET'])
  })

  test('by digest, another digest in the reply is invalid', async () => {
    await using open = await openUpstream()
    const { manifest } = open.scripted.addImage(app)
    const other = digestOf(Buffer.from('other'))
    open.scripted.fault({ do: { kind: 'headers', set: { 'docker-content-digest': other } } })
    const error = await failureOf(open.upstream.resolve(app, refer(manifest.digest), {}))
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining(other) })
  })

  test('by a sha512 digest, a sha256 in the reply leads to GET', async () => {
    await using open = await openUpstream()
    const { manifest } = open.scripted.addImage(app)
    const long = digestOf(manifest.bytes, 'sha512')
    open.scripted.content.find(app)?.manifests.set(long, manifest)
    const resolved = await open.upstream.resolve(app, refer(long), {})
    expect(resolved.digest).toBe(long)
    expect(open.scripted.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET'])
  })
})

describe('fetchManifest', () => {
  test.each(['latest', 'digest'])('by %s: bytes as they are', async (by) => {
    await using open = await openUpstream()
    const { manifest } = open.scripted.addImage(app)
    const reference = by === 'latest' ? latest : refer(manifest.digest)
    const fetched = await open.upstream.fetchManifest(app, reference, {})
    expect(fetched).toEqual({ digest: manifest.digest, mediaType: manifest.mediaType, bytes: manifest.bytes })
  })

  test('Content-Type loses its parameters; without one the bytes must say', async () => {
    await using open = await openUpstream()
    open.scripted.addImage(app)
    const typed = (value: string | undefined): Fault => ({ kind: 'headers', set: { 'content-type': value } })
    const type = 'Application/vnd.oci.image.manifest.v1+JSON; charset=utf-8'
    open.scripted.fault({ times: 1, do: typed(type) })
    open.scripted.fault({ times: 1, do: typed(undefined) })
    const first = await open.upstream.fetchManifest(app, latest, {})
    expect(first.mediaType).toBe('application/vnd.oci.image.manifest.v1+json')
    expect((await open.upstream.fetchManifest(app, latest, {})).mediaType).toBe('application/json')
  })

  const page = {
    kind: 'status',
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  } as const
  const big = Buffer.alloc(MAX_MANIFEST_BYTES + 1, '{ ')
  const bad: { name: string; by: 'tag' | 'digest'; fault: Fault | Fault[]; code: string; says: RegExp }[] = [
    { name: 'wrong bytes', by: 'digest', fault: { kind: 'wrong-bytes' }, code: 'invalid', says: /sha256:/ },
    {
      name: 'wrong bytes',
      by: 'tag',
      fault: { kind: 'wrong-bytes' },
      code: 'invalid',
      says: /Docker-Content-Digest/,
    },
    {
      name: 'a wrong digest header',
      by: 'digest',
      fault: { kind: 'headers', set: { 'docker-content-digest': digestOf(Buffer.from('x')) } },
      code: 'invalid',
      says: /Docker-Content-Digest/,
    },
    { name: 'gzip', by: 'tag', fault: { kind: 'gzip' }, code: 'invalid', says: /content-encoding gzip/ },
    {
      name: 'too much, announced',
      by: 'tag',
      fault: { kind: 'replace-body', body: big },
      code: 'invalid',
      says: /4194305 bytes/,
    },
    {
      name: 'too much, chunked',
      by: 'tag',
      fault: [
        { kind: 'replace-body', body: big },
        { kind: 'content-length', value: 'none' },
      ],
      code: 'invalid',
      says: /more than 4194304 bytes/,
    },
    { name: 'a login page', by: 'tag', fault: { ...page, body: '<html>' }, code: 'failed', says: /web page/ },
    {
      name: 'a login page',
      by: 'digest',
      fault: { ...page, body: '<html>' },
      code: 'failed',
      says: /web page/,
    },
    {
      name: 'plain text',
      by: 'tag',
      fault: { kind: 'status', status: 200, headers: { 'content-type': 'text/plain' }, body: 'hello' },
      code: 'failed',
      says: /not a manifest/,
    },
    {
      name: 'a short body',
      by: 'tag',
      fault: { kind: 'close', afterBytes: 20 },
      code: 'interrupted',
      says: /broke off/,
    },
    {
      name: 'a reset body',
      by: 'tag',
      fault: { kind: 'reset', afterBytes: 20 },
      code: 'interrupted',
      says: /broke off/,
    },
    {
      name: '204',
      by: 'tag',
      fault: { kind: 'status', status: 204, body: '' },
      code: 'failed',
      says: /answered 204/,
    },
  ]
  test.each(bad)('$name, by $by, is $code', async ({ by, fault, code, says }) => {
    await using open = await openUpstream()
    const { manifest } = open.scripted.addImage(app)
    open.scripted.fault({ do: fault })
    const reference = by === 'tag' ? latest : refer(manifest.digest)
    const error = await failureOf(open.upstream.fetchManifest(app, reference, {}))
    expect(error).toMatchObject({ code, upstream: 'registry.example', server: 'registry' })
    expect(error.message).toMatch(says)
    expect(error.message).toContain('library/app')
  })
})

describe('statuses', () => {
  const json = (message: string) => JSON.stringify({ errors: [{ code: 'X', message }] })
  const cases: {
    status: number
    headers?: Record<string, string>
    body?: string
    want: object
    says?: RegExp
  }[] = [
    { status: 403, want: { code: 'denied', status: 403 } },
    { status: 404, want: { code: 'not-found', status: 404 } },
    { status: 400, want: { code: 'failed', status: 400 } },
    { status: 500, want: { code: 'failed', status: 500 } },
    { status: 503, headers: { 'retry-after': '3' }, want: { code: 'failed', retryAfterMs: 3_000 } },
    { status: 429, want: { code: 'rate-limited', retryAfterMs: undefined } },
    {
      status: 429,
      headers: { 'retry-after': '61' },
      want: { code: 'rate-limited', retryAfterMs: 61_000 },
      says: /come back in 61 s/,
    },
    {
      status: 429,
      headers: { 'retry-after': 'Thu, 01 Jan 2026 00:02:00 GMT' },
      want: { code: 'rate-limited', retryAfterMs: 120_000 },
    },
    { status: 500, body: json('the disk is full'), want: { code: 'failed' }, says: /: "the disk is full"$/ },
    { status: 500, body: json('a'.repeat(500)), want: { code: 'failed' }, says: /"a{200}…"/ },
    {
      status: 500,
      body: json('at https://x.example/y?sig=1\nnow'),
      want: { code: 'failed' },
      says: /x\.example\/y now/,
    },
    { status: 500, body: JSON.stringify({ details: 'no' }), want: { code: 'failed' }, says: /"no"$/ },
    { status: 500, body: '<html>oops</html>', want: { code: 'failed' }, says: /app:latest$/ },
    { status: 500, body: '{"errors":[null]}', want: { code: 'failed' }, says: /app:latest$/ },
    { status: 500, body: json('b'.repeat(70_000)), want: { code: 'failed' }, says: /app:latest$/ },
  ]
  test.each(cases)('$status $headers $body', async ({ status, headers = {}, body, want, says = /./ }) => {
    await using open = await openUpstream()
    open.scripted.addImage(app)
    open.scripted.fault({ do: { kind: 'status', status, headers, ...(body === undefined ? {} : { body }) } })
    const error = await failureOf(open.upstream.fetchManifest(app, latest, {}))
    expect(error).toMatchObject(want)
    expect(error.message).toContain(`registry.example answered ${status} when asked for library/app:latest`)
    expect(error.message).toMatch(says)
  })

  test('what does not exist is not found, with the registry’s own words for GET', async () => {
    await using open = await openUpstream()
    expect(await failureOf(open.upstream.resolve(app, latest, {}))).toMatchObject({ code: 'not-found' })
    const error = await failureOf(open.upstream.fetchManifest(app, latest, {}))
    expect(error.message).toMatch(/"no manifest latest in library\/app"$/)
  })

  test('nothing listens: unreachable', async () => {
    await using open = await openUpstream()
    await open.scripted.stop()
    const error = await failureOf(open.upstream.resolve(app, latest, {}))
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('ECONNREFUSED') })
  })

  test('a connection that dies before the head is tried once more', async () => {
    await using open = await openUpstream()
    const { manifest } = open.scripted.addImage(app)
    open.scripted.fault({ times: 1, do: { kind: 'drop' } })
    expect((await open.upstream.resolve(app, latest, {})).digest).toBe(manifest.digest)
    open.scripted.fault({ do: { kind: 'drop' } })
    open.scripted.log.clear()
    expect(await failureOf(open.upstream.resolve(app, latest, {}))).toMatchObject({ code: 'unreachable' })
    expect(open.scripted.count()).toBe(2)
  })
})

import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type Fault, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { testCertificate } from '../support/tls/certificate.ts'
import { alice, app, failureOf, openUpstream, readAll, refer } from './open-upstream.ts'

const bytes = randomBytes(200_000)
const latest = refer('latest')

/** A registry with one blob that is served from elsewhere: another port is another origin. */
async function openWithCdn() {
  const cdn = await startScriptedUpstream()
  const open = await openUpstream({
    scripted: { auth: { kind: 'bearer' }, tokens: { users: { alice: 'secret' } } },
  })
  const signed = `${cdn.addObject('/data/layer', bytes)}?X-Signature=s3cr3t`
  const { digest } = open.scripted.addBlob(app, bytes)
  return {
    ...open,
    cdn,
    digest,
    signed,
    redirect: (status = 307, to: string = signed) =>
      open.scripted.fault({ match: { path: /blobs/ }, do: { kind: 'redirect', to, status } }),
    fetch: (offset = 0) => open.upstream.fetchBlob(app, digest, { credential: alice, offset }),
    async [Symbol.asyncDispose]() {
      await open[Symbol.asyncDispose]()
      await cdn[Symbol.asyncDispose]()
    },
  }
}

describe('(d21) redirects to another origin', () => {
  test.each([301, 302, 303, 307, 308])('%d is followed without Authorization', async (status) => {
    await using open = await openWithCdn()
    open.redirect(status)
    const { body } = await open.fetch()
    expect((await readAll(body)).equals(bytes)).toBe(true)
    const [request] = open.cdn.requests
    expect(request).toMatchObject({ method: 'GET', authorization: 'none' })
    expect(request?.headers).not.toHaveProperty('authorization')
    expect(request?.headers).not.toHaveProperty('cookie')
    expect(request?.headers).not.toHaveProperty('referer')
    expect(request?.query.get('X-Signature')).toBe('s3cr3t')
    expect(open.scripted.requests.at(-1)?.authorization).toBe('bearer')
  })

  test('Range goes along, and the reply is judged in the same way', async () => {
    await using open = await openWithCdn()
    open.redirect()
    const blob = await open.fetch(50_000)
    expect(blob).toMatchObject({ offset: 50_000, totalBytes: bytes.length })
    expect((await readAll(blob.body)).equals(bytes.subarray(50_000))).toBe(true)
    expect(open.cdn.requests[0]?.range).toBe('bytes=50000-')
    open.cdn.fault({ do: { kind: 'gzip' } })
    expect(await failureOf(open.fetch())).toMatchObject({ code: 'invalid' })
  })

  test('Authorization does not come back when the redirects do', async () => {
    await using open = await openWithCdn()
    const home = open.scripted.addObject('/home', bytes)
    open.cdn.fault({ do: { kind: 'redirect', to: home } })
    open.redirect()
    const { body } = await open.fetch()
    expect((await readAll(body)).equals(bytes)).toBe(true)
    expect(open.scripted.requests.at(-1)).toMatchObject({ path: '/home', authorization: 'none' })
  })

  test('the same host on another port is another origin; the same origin keeps Authorization', async () => {
    await using open = await openWithCdn()
    const near = open.scripted.addObject('/near', bytes)
    open.redirect(307, '/near')
    await readAll((await open.fetch()).body)
    expect(near).toBe(`${open.scripted.url}/near`)
    expect(open.scripted.requests.at(-1)).toMatchObject({ path: '/near', authorization: 'bearer' })
    expect(new URL(open.cdn.url).hostname).toBe(new URL(open.scripted.url).hostname)
  })

  test('a challenge from elsewhere brings no token request', async () => {
    await using open = await openWithCdn()
    await readAll((await open.fetch()).body)
    const asked = open.scripted.tokens.requests.length
    const challenge = { 'www-authenticate': `Bearer realm="${open.scripted.tokens.realm}",scope="x"` }
    open.cdn.fault({ do: { kind: 'status', status: 401, headers: challenge } })
    open.redirect()
    expect(await failureOf(open.fetch())).toMatchObject({ code: 'failed', status: 401 })
    expect(open.scripted.tokens.requests).toHaveLength(asked)
    expect(open.cdn.count()).toBe(1)
  })

  const answers: { name: string; fault: Fault; code: string }[] = [
    { name: 'a signature that ran out (403)', fault: { kind: 'status', status: 403 }, code: 'failed' },
    { name: '404', fault: { kind: 'status', status: 404 }, code: 'not-found' },
    { name: '503', fault: { kind: 'status', status: 503 }, code: 'failed' },
    { name: 'a reset', fault: { kind: 'drop' }, code: 'unreachable' },
  ]
  test.each(answers)('$name there is $code here, and shows no signature', async ({ fault, code }) => {
    await using open = await openWithCdn()
    open.cdn.fault({ do: fault })
    open.redirect()
    const error = await failureOf(open.fetch())
    expect(error.code).toBe(code)
    expect(inspect(error, { depth: 9 })).not.toContain('s3cr3t')
  })

  test('a broken head shows no signature, not even in the cause', async () => {
    await using open = await openWithCdn()
    const headers = { location: open.signed, 'content-length': 'abc' }
    open.scripted.fault({ do: { kind: 'status', status: 307, headers } })
    const error = await failureOf(open.fetch())
    expect(error).toMatchObject({ code: 'failed', message: expect.stringContaining('not HTTP') })
    expect(inspect(error, { depth: 9 })).not.toContain('s3cr3t')
  })
})

describe('(d20) (d21) redirects that are refused', () => {
  const refused: { name: string; to: string; code?: string; says: RegExp }[] = [
    {
      name: 'private address',
      to: 'http://127.0.0.2:9/x?s3cr3t',
      says: /127\.0\.0\.2 is not a public address/,
    },
    { name: 'IPv6 loopback', to: 'http://[::1]:9/x?s3cr3t', says: /::1 is not a public address/ },
    { name: 'mapped address', to: 'http://[::ffff:10.0.0.1]:9/x', says: /is not a public address/ },
    { name: 'metadata service', to: 'http://169.254.169.254/latest?s3cr3t', says: /is not a public address/ },
    { name: 'decimal address', to: 'http://2130706434:9/x', says: /127\.0\.0\.2 is not a public address/ },
    { name: 'user in the URL', to: 'http://u:s3cr3t@127.0.0.1/x', says: /user name/ },
    { name: 'another scheme', to: 'file:///etc/passwd', says: /not the web/ },
    { name: 'no URL', to: 'http://[', code: 'failed', says: /without saying where/ },
  ]
  test.each(refused)('$name', async ({ to, code = 'refused', says }) => {
    await using open = await openWithCdn()
    open.redirect(307, to)
    const error = await failureOf(open.fetch())
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(error.message).not.toContain('s3cr3t')
    expect(open.clock.sleeperCount).toBe(0)
  })

  test('five are followed, six are not', async () => {
    await using open = await openWithCdn()
    const step = (request: { query: URLSearchParams }) => Number(request.query.get('step') ?? 0)
    open.scripted.fault({
      match: { path: /blobs/ },
      do: {
        kind: 'redirect',
        to: (request) => `${open.scripted.url}${request.path}?step=${step(request) + 1}`,
      },
    })
    expect(await failureOf(open.fetch())).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/5 times/),
    })
    const steps = open.scripted.requests.filter((request) => request.authorization === 'bearer').map(step)
    expect(steps).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('from https to http', async () => {
    const tls = testCertificate()
    await using plain = await startScriptedUpstream()
    await using open = await openUpstream({ scripted: { tls }, http: { ca: tls.cert } })
    const { digest } = open.scripted.addBlob(app, bytes)
    open.scripted.fault({ do: { kind: 'redirect', to: `${plain.addObject('/x', bytes)}?s3cr3t` } })
    const error = await failureOf(open.upstream.fetchBlob(app, digest, {}))
    expect(error).toMatchObject({ code: 'refused', message: expect.stringMatching(/plain http/) })
    expect(plain.count()).toBe(0)
  })
})

test('manifests are redirected as well, HEAD and GET', async () => {
  await using open = await openWithCdn()
  const image = open.cdn.addImage(app)
  open.scripted.addImage(app)
  open.scripted.fault({
    match: { path: /manifests/ },
    do: { kind: 'redirect', to: ({ path }) => `${open.cdn.url}${path}` },
  })
  expect((await open.upstream.resolve(app, latest, {})).digest).toBe(image.manifest.digest)
  expect((await open.upstream.fetchManifest(app, latest, {})).bytes).toEqual(image.manifest.bytes)
  expect(open.cdn.requests.map(({ method, authorization }) => [method, authorization])).toEqual([
    ['HEAD', 'none'],
    ['GET', 'none'],
  ])
})

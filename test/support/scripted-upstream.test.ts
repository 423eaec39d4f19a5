import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { type Fault, makeGate, startScriptedUpstream } from './scripted-upstream.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The code of what broke the body off. */
  readonly broken: string | undefined
}

/** node:http says exactly what was on the wire: it neither decodes nor retries. */
function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      const settle = (broken?: string) =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          broken,
        })
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => settle())
      response.on('error', (error: NodeJS.ErrnoException) => settle(error.code))
    })
    request.on('error', reject)
    request.end()
  })
}

describe('content', () => {
  test('an image is served by tag and by digest, with its blobs', async () => {
    await using upstream = await startScriptedUpstream()
    const image = upstream.addImage('library/app', { tags: ['1', 'latest'] })
    const byTag = await ask(`${upstream.url}/v2/library/app/manifests/1`)
    expect(byTag.headers['docker-content-digest']).toBe(image.manifest.digest)
    expect(digestOf(byTag.body)).toBe(image.manifest.digest)
    const byDigest = await ask(`${upstream.url}/v2/library/app/manifests/${image.manifest.digest}`)
    expect(byDigest.body).toEqual(byTag.body)
    for (const blob of [image.config, ...image.layers]) {
      const answer = await ask(`${upstream.url}/v2/library/app/blobs/${blob.digest}`)
      expect(answer.body.equals(blob.bytes)).toBe(true)
    }
    const head = await ask(`${upstream.url}/v2/library/app/manifests/1`, {}, 'HEAD')
    expect(head.headers['content-length']).toBe(String(image.manifest.bytes.length))
    expect((await ask(`${upstream.url}/v2/library/app/manifests/none`)).status).toBe(404)
    expect(upstream.count({ method: 'GET', path: /\/manifests\// })).toBe(3)
  })

  test('an index names the manifests of its platforms', async () => {
    await using upstream = await startScriptedUpstream()
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]
    const image = upstream.addImage('library/app', { index: platforms, mediaTypes: 'docker' })
    const { body, headers } = await ask(`${upstream.url}/v2/library/app/manifests/latest`)
    expect(headers['content-type']).toBe('application/vnd.docker.distribution.manifest.list.v2+json')
    const listed = JSON.parse(body.toString()).manifests.map((entry: { digest: string }) => entry.digest)
    expect(listed).toEqual(image.manifests.map((manifest) => manifest.digest))
  })

  test.each([
    ['bytes=2-4', 206, 'bytes 2-4/10', '234'],
    ['bytes=7-', 206, 'bytes 7-9/10', '789'],
    ['bytes=-2', 206, 'bytes 8-9/10', '89'],
    ['bytes=5-99', 206, 'bytes 5-9/10', '56789'],
    ['bytes=10-', 416, 'bytes */10', undefined],
    ['bytes=0-1,4-5', 200, undefined, '0123456789'],
  ])('range %s', async (range, status, contentRange, want) => {
    await using upstream = await startScriptedUpstream()
    const blob = upstream.addBlob('a/b', Buffer.from('0123456789'))
    const answer = await ask(`${upstream.url}/v2/a/b/blobs/${blob.digest}`, { range })
    expect(answer.status).toBe(status)
    expect(answer.headers['content-range']).toBe(contentRange)
    if (want !== undefined) expect(answer.body.toString()).toBe(want)
  })
})

describe('faults', () => {
  const bytes = Buffer.alloc(300_000, 7)

  async function askWith(fault: Fault, headers: Record<string, string> = {}) {
    const upstream = await startScriptedUpstream()
    try {
      const blob = upstream.addBlob('a/b', bytes)
      upstream.fault({ do: fault })
      return await ask(`${upstream.url}/v2/a/b/blobs/${blob.digest}`, headers)
    } finally {
      await upstream[Symbol.asyncDispose]()
    }
  }

  test('reset and close end after exactly so many bytes', async () => {
    for (const kind of ['reset', 'close'] as const) {
      const answer = await askWith({ kind, afterBytes: 100_000 })
      expect(answer.headers['content-length']).toBe('300000')
      // The receiver of an RST may lose what it had not read yet.
      if (kind === 'close') expect(answer.body.length).toBe(100_000)
      expect(answer.broken).toBe('ECONNRESET')
    }
  })

  test('each other fault shows on the wire', async () => {
    expect((await askWith({ kind: 'wrong-bytes' })).body.equals(Buffer.alloc(300_000, 7 ^ 0xff))).toBe(true)
    const chunked = await askWith({ kind: 'content-length', value: 'none' })
    expect(chunked.headers['transfer-encoding']).toBe('chunked')
    expect(chunked.headers['content-length']).toBeUndefined()
    expect(chunked.body.equals(bytes)).toBe(true)
    const lying = await askWith({ kind: 'content-length', value: 300_100 })
    expect([lying.body.length, lying.broken]).toEqual([300_000, 'ECONNRESET'])
    const busy = await askWith({ kind: 'status', status: 429, headers: { 'retry-after': '7' } })
    expect([busy.status, busy.headers['retry-after']]).toEqual([429, '7'])
    const moved = await askWith({ kind: 'redirect', to: 'http://127.0.0.1:1/x', status: 302 })
    expect([moved.status, moved.headers.location]).toEqual([302, 'http://127.0.0.1:1/x'])
    const whole = await askWith({ kind: 'ignore-range' }, { range: 'bytes=5-' })
    expect([whole.status, whole.body.length]).toEqual([200, 300_000])
    const bare = await askWith({ kind: 'headers', set: { 'docker-content-digest': undefined } })
    expect(bare.headers).not.toHaveProperty('docker-content-digest')
    expect((await askWith({ kind: 'gzip' })).headers['content-encoding']).toBe('gzip')
    await expect(askWith({ kind: 'drop' })).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('stall and hold keep the connection; a gate lets the rest through', async () => {
    await using upstream = await startScriptedUpstream()
    const blob = upstream.addBlob('a/b', bytes)
    const url = `${upstream.url}/v2/a/b/blobs/${blob.digest}`
    const gate = makeGate()
    upstream.fault({ times: 1, do: { kind: 'hold', afterBytes: 1_000, until: gate.promise } })
    upstream.fault({ do: { kind: 'stall', afterBytes: 2_000 } })
    const held = ask(url)
    await upstream.waitFor({})
    const stalled = ask(url)
    await vi.waitFor(() => expect(upstream.requests[1]?.bytesSent).toBe(2_000))
    gate.open()
    expect((await held).body.equals(bytes)).toBe(true)
    expect(upstream.connectionCount).toBe(1)
    upstream.disconnect()
    await expect(stalled.then((answer) => Promise.reject({ code: answer.broken }))).rejects.toMatchObject({
      code: 'ECONNRESET',
    })
  })

  test('`after` and `times` count matching requests only', async () => {
    await using upstream = await startScriptedUpstream()
    upstream.addImage('a/b')
    upstream.fault({ match: { path: /manifests/ }, after: 1, times: 2, do: { kind: 'status', status: 503 } })
    const statuses: number[] = []
    for (const path of ['', 'a/b/manifests/latest', '', ...Array(4).fill('a/b/manifests/latest')]) {
      statuses.push((await ask(`${upstream.url}/v2/${path}`)).status)
    }
    expect(statuses).toEqual([200, 200, 200, 503, 503, 200, 200])
  })
})

describe('access', () => {
  test('a bearer token opens the repositories it was given for', async () => {
    await using upstream = await startScriptedUpstream({
      auth: { kind: 'bearer' },
      tokens: { users: { alice: 'secret' }, anonymous: ['library/app'] },
    })
    upstream.addImage('library/app')
    upstream.addImage('private/app')
    const url = (repository: string) => `${upstream.url}/v2/${repository}/manifests/latest`
    const refused = await ask(url('library/app'))
    expect(refused.status).toBe(401)
    expect(refused.headers['www-authenticate']).toContain(`realm="${upstream.tokens.realm}"`)
    const tokenFor = async (repository: string, headers: Record<string, string> = {}) => {
      const scope = `repository:${repository}:pull`
      const answer = await ask(`${upstream.tokens.realm}?scope=${scope}`, headers)
      return answer.status === 200 ? `Bearer ${JSON.parse(answer.body.toString()).token}` : answer.status
    }
    const basic = `Basic ${Buffer.from('alice:secret').toString('base64')}`
    const open = String(await tokenFor('library/app'))
    const closed = String(await tokenFor('private/app'))
    const alice = String(await tokenFor('private/app', { authorization: basic }))
    expect((await ask(url('library/app'), { authorization: open })).status).toBe(200)
    expect((await ask(url('private/app'), { authorization: closed })).status).toBe(401)
    expect((await ask(url('private/app'), { authorization: alice })).status).toBe(200)
    const wrong = `Basic ${Buffer.from('alice:wrong').toString('base64')}`
    expect(await tokenFor('private/app', { authorization: wrong })).toBe(401)
    upstream.tokens.revokeTokens()
    expect((await ask(url('library/app'), { authorization: open })).status).toBe(401)
  })

  test('a stopped upstream refuses connections and comes back on the same port', async () => {
    await using upstream = await startScriptedUpstream()
    upstream.addImage('a/b')
    const url = `${upstream.url}/v2/a/b/manifests/latest`
    await upstream.stop()
    await expect(ask(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await upstream.start()
    expect((await ask(url)).status).toBe(200)
  })
})

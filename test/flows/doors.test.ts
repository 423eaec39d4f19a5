import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { errorCodeOf, outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

let hub: ScriptedUpstream
let quay: ScriptedUpstream
let proxy: RunningProxy
let layer: string

beforeAll(async () => {
  hub = await startScriptedUpstream()
  quay = await startScriptedUpstream()
  layer = hub.addImage('library/app', { tags: ['1'], layers: [randomBytes(100)] }).layers[0]?.digest ?? ''
  quay.addImage('org/app', { tags: ['1'] })
  proxy = await startProxy({
    upstreams: {
      'docker.io': hub.url,
      'quay.io': { at: quay.url, alias: 'quay', allow: ['org/*'] },
    },
    groups: { 'acme/web': { anonymousNetworks: ['127.0.0.0/8'] }, closed: { anonymousNetworks: [] } },
  })
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await hub[Symbol.asyncDispose]()
  await quay[Symbol.asyncDispose]()
})

/** Sends the path exactly as it is: fetch would tidy it. */
function raw(path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const { hostname, port } = new URL(proxy.url)
      const sent = request({ hostname, port, path, agent: false, ...options }, (reply) => {
        let body = ''
        reply.setEncoding('utf8')
        reply.on('data', (text: string) => {
          body += text
        })
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body }))
      })
      sent.on('error', reject)
      sent.end()
    },
  )
}

describe('(d26) one image, every door', () => {
  test.each([
    '/v2/library/app/manifests/1',
    '/v2/app/manifests/1',
    '/v2/docker.io/library/app/manifests/1',
    '/v2/index.docker.io/app/manifests/1',
    '/v2/library/app/manifests/1?ns=docker.io',
    '/v2/library/app/manifests/1?ns=registry-1.docker.io',
    '/v2/default/dependency_proxy/containers/app/manifests/1',
    '/v2/default/dependency_proxy/containers/docker.io/library/app/manifests/1',
    '/v2/Acme/Web/dependency_proxy/containers/app/manifests/1',
    '/v2/default/dependency_proxy/containers/app/manifests/1?ns=docker.io',
    '/library/v2/app/manifests/1',
    '/docker.io/v2/library/app/manifests/1',
    '/default/dependency_proxy/containers/v2/app/manifests/1',
    '/Acme/Web/dependency_proxy/containers/docker.io/v2/library/app/manifests/1',
  ])('%s', async (path) => {
    const reply = await proxy.get(path)
    expect(reply.status).toBe(200)
    await reply.arrayBuffer()
    expect(hub.count({ method: 'GET', path: /manifests/ })).toBe(1)
  })

  test.each([
    '/v2/quay.io/org/app/manifests/1',
    '/v2/quay/org/app/manifests/1',
    '/v2/org/app/manifests/1?ns=quay.io',
    '/v2/default/dependency_proxy/containers/quay.io/org/app/manifests/1',
    '/v2/default/dependency_proxy/containers/org/app/manifests/1?ns=QUAY.io',
    '/quay/v2/org/app/manifests/1',
    '/default/dependency_proxy/containers/quay.io/v2/org/app/manifests/1',
  ])('%s', async (path) => {
    expect((await proxy.get(path)).status).toBe(200)
    expect(quay.count({ method: 'GET', path: /manifests/ })).toBe(1)
  })

  test('ns is told back as OCI-Namespace', async () => {
    const reply = await proxy.get('/v2/org/app/manifests/1?ns=quay.io')
    expect(reply.headers.get('oci-namespace')).toBe('quay.io')
    expect((await proxy.get('/v2/library/app/manifests/1')).headers.has('oci-namespace')).toBe(false)
  })
})

describe('what is refused', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  test.each([
    ['/v2/library/app/manifests/1?ns=evil.example', 404, 'NAME_UNKNOWN'],
    ['/v2/evil.example/app/manifests/1', 404, 'NAME_UNKNOWN'],
    ['/v2/docker.io/library/app/manifests/1?ns=quay.io', 400, 'NAME_INVALID'],
    ['/v2/quay.io/secret/app/manifests/1', 403, 'DENIED'],
    ['/v2/LIBRARY/app/manifests/1', 400, 'NAME_INVALID'],
    ['/v2/library/../app/manifests/1', 400, 'NAME_INVALID'],
    ['/v2/library/..%2fapp/manifests/1', 400, 'NAME_INVALID'],
    ['/v2/library%2fapp/manifests/1', 400, 'NAME_INVALID'],
    ['/v2/library/app%00/manifests/1', 400, 'NAME_INVALID'],
    ['/v2//app/manifests/1', 400, 'NAME_INVALID'],
    [`/v2/${'a'.repeat(256)}/manifests/1`, 400, 'NAME_INVALID'],
    [`/v2/${'a/'.repeat(2000)}manifests/1`, 400, 'NAME_INVALID'],
    ['/v2/library/app/manifests/.bad', 400, 'TAG_INVALID'],
    ['/v2/library/app/blobs/sha256:12', 400, 'DIGEST_INVALID'],
    ['/v2/library/app/blobs/sha256:..%2f..%2fetc%2fpasswd', 400, 'NAME_INVALID'],
    [`/v2/library/app/blobs/${digest.toUpperCase()}`, 400, 'DIGEST_INVALID'],
    ['/v2/_catalog', 404, 'NAME_UNKNOWN'],
    ['/v2/evil.example/app/tags/list', 404, 'NAME_UNKNOWN'],
    ['/v2/library/app/tags/list?n=-1', 400, 'PAGINATION_NUMBER_INVALID'],
    ['/v2/library/app/tags/list?last=..', 400, 'TAG_INVALID'],
    ['/v2/library/app/referrers/sha256:12', 400, 'DIGEST_INVALID'],
    ['/v2/nothing', 404, 'NAME_UNKNOWN'],
    ['/elsewhere', 404, 'NAME_UNKNOWN'],
    ['/%zz', 404, 'NAME_UNKNOWN'],
    ['/v2/%zz/manifests/1', 400, 'NAME_INVALID'],
  ])('%s is %i %s', async (path, status, code) => {
    const before = hub.count() + quay.count()
    const reply = await raw(path)
    expect(reply.status).toBe(status)
    const { errors } = JSON.parse(reply.body)
    expect(errors[0].code).toBe(code)
    expect(errors[0].message).not.toBe('')
    expect(hub.count() + quay.count()).toBe(before)
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    '%s is 405 UNSUPPORTED',
    async (method) => {
      const reply = await raw('/v2/library/app/blobs/uploads/', { method })
      expect(reply.status).toBe(405)
      expect(JSON.parse(reply.body).errors[0].code).toBe('UNSUPPORTED')
      expect(reply.headers.allow).toBe('GET, HEAD')
    },
  )

  test('a write with a body is refused without reading the body', async () => {
    const { hostname, port } = new URL(proxy.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      'PUT /v2/library/app/manifests/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n',
    )
    let reply = ''
    for await (const chunk of socket) reply += chunk
    expect(reply).toMatch(/^HTTP\/1.1 405 /)
    expect(reply).toContain('UNSUPPORTED')
  })

  test('a group that is closed or does not exist answers 401 alike, with a challenge', async () => {
    for (const group of ['closed', 'nobody']) {
      const reply = await proxy.get(`/v2/${group}/dependency_proxy/containers/app/manifests/1`)
      expect(reply.status).toBe(401)
      expect(reply.headers.get('www-authenticate')).toBe(
        `Bearer realm="${proxy.url}/jwt/auth",service="dependency_proxy"`,
      )
      expect(await errorCodeOf(reply)).toBe('UNAUTHORIZED')
    }
  })

  test('credentials that are not ours are 401, everywhere', async () => {
    for (const authorization of ['Basic YTpi', 'Bearer x.y.z', 'Nonsense']) {
      const reply = await proxy.get('/v2/library/app/manifests/1', { authorization })
      expect(reply.status).toBe(401)
    }
  })

  test('a request through a reverse proxy, or from a web page, gets nothing anonymously', async () => {
    for (const header of ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via', 'origin']) {
      expect((await raw('/v2/library/app/manifests/1', { headers: { [header]: 'x' } })).status).toBe(401)
    }
    expect((await raw('/v2/library/app/manifests/1', { headers: { host: 'rebound.example' } })).status).toBe(
      401,
    )
  })
})

describe('/v2/', () => {
  test('in front of which a group is named answers for that group', async () => {
    expect((await proxy.get('/acme/web/dependency_proxy/containers/v2/')).status).toBe(200)
    expect((await proxy.get('/closed/dependency_proxy/containers/v2/')).status).toBe(401)
    expect((await proxy.get('/nobody/dependency_proxy/containers/v2/')).status).toBe(401)
  })

  test('is 401 while a group is closed to this address: clients decide there whether to log in', async () => {
    expect((await proxy.get('/v2/')).status).toBe(401)
  })

  test('is 200 when every group is open to this address', async () => {
    await using open = await startProxy({ upstreams: { 'docker.io': hub.url } })
    for (const path of ['/v2/', '/v2']) {
      const reply = await open.get(path)
      expect(reply.status).toBe(200)
      expect(reply.headers.get('docker-distribution-api-version')).toBe('registry/2.0')
      expect(await reply.json()).toEqual({})
    }
  })

  test('is 401 behind an external URL that is not loopback: that alone ends anonymous access', async () => {
    await using outside = await startProxy({
      upstreams: { 'docker.io': hub.url },
      externalUrl: 'https://cache.example',
    })
    expect((await outside.get('/v2/')).status).toBe(401)
    expect((await outside.get('/v2/library/app/manifests/1')).status).toBe(401)
  })
})

describe('containerd', () => {
  test('finds under /blobs/ a manifest that it did not find under /manifests/', async () => {
    const manifest = await proxy.get('/v2/library/app/manifests/1')
    const digest = manifest.headers.get('docker-content-digest')
    const reply = await proxy.get(`/v2/library/app/blobs/${digest}`)
    expect(reply.status).toBe(200)
    expect(Buffer.from(await reply.arrayBuffer())).toEqual(Buffer.from(await manifest.arrayBuffer()))
  })
})

describe('health', () => {
  test('/healthz and /readyz answer without credentials', async () => {
    expect(await (await proxy.get('/healthz')).json()).toEqual({ status: 'ok' })
    expect(await (await proxy.get('/readyz')).json()).toEqual({ status: 'ready' })
  })
})

test('a blob reply has no content-encoding, whatever the client offers', async () => {
  const reply = await proxy.get(`/v2/library/app/blobs/${layer}`, { 'accept-encoding': 'gzip, zstd' })
  expect(reply.headers.has('content-encoding')).toBe(false)
  expect(reply.headers.get('accept-ranges')).toBe('bytes')
  expect(outcomeOf(reply)).toBe('miss')
})

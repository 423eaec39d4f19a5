import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attach } from '../support/artifact.ts'
import type { ScriptedImage } from '../support/scripted-upstream/content.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'

/** The pull category and content discovery of the distribution specification (1.1), through every door. */
const DOORS = [
  { door: 'the mirror', base: '/v2/library/app', name: 'library/app', ns: '' },
  {
    door: 'the mirror with a registry',
    base: '/v2/docker.io/library/app',
    name: 'docker.io/library/app',
    ns: '',
  },
  { door: 'the mirror with ns', base: '/v2/library/app', name: 'library/app', ns: 'docker.io' },
  {
    door: 'a group',
    base: '/v2/default/dependency_proxy/containers/library/app',
    name: 'default/dependency_proxy/containers/library/app',
    ns: '',
  },
  { door: 'a mounted registry', base: '/docker.io/v2/library/app', name: 'library/app', ns: '' },
  {
    door: 'a mounted group',
    base: '/default/dependency_proxy/containers/v2/library/app',
    name: 'library/app',
    ns: '',
  },
  {
    door: 'a mounted group with a registry',
    base: '/default/dependency_proxy/containers/docker.io/v2/library/app',
    name: 'library/app',
    ns: '',
  },
] as const

const ABSENT = `sha256:${'0'.repeat(64)}`
const INDEX = 'application/vnd.oci.image.index.v1+json'
const SBOM = 'application/spdx+json'

describe.each(DOORS)('through $door', ({ base, name, ns }) => {
  let upstream: ScriptedUpstream
  let proxy: RunningProxy
  let image: ScriptedImage
  let layer: { readonly digest: string; readonly bytes: Buffer }

  beforeAll(async () => {
    upstream = await startScriptedUpstream()
    image = upstream.addImage('library/app', {
      tags: ['c', 'a', 'b', 'B'],
      layers: [randomBytes(10_000)],
      index: [{ os: 'linux', architecture: 'amd64' }],
    })
    const [first] = image.layers
    if (first === undefined) throw new Error('the image has no layer')
    layer = first
    attach(upstream, 'library/app', image.root, { artifactType: SBOM, text: 'sbom' })
    attach(upstream, 'library/app', image.root, { artifactType: 'text/other', text: 'other' })
    proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  })

  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  function at(path: string, query: Record<string, string> = {}): string {
    const all = Object.entries({ ...query, ...(ns === '' ? {} : { ns }) })
    const text = all.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')
    return `${base}${path}${text === '' ? '' : `?${text}`}`
  }

  async function listed(query: Record<string, string> = {}) {
    const reply = await proxy.get(at('/tags/list', query))
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/json'])
    const body = (await reply.json()) as { name: string; tags: string[] }
    return { ...body, link: reply.headers.get('link') }
  }

  test('the base answers 200 (end-1)', async () => {
    const prefix = base.slice(0, base.indexOf('/v2') + '/v2'.length)
    expect((await proxy.get(`${prefix}/`)).status).toBe(200)
  })

  test.each(['tag', 'digest'])('a manifest by %s: GET and HEAD (end-3)', async (by) => {
    const { root } = image
    const path = at(`/manifests/${by === 'tag' ? 'a' : root.digest}`)
    const reply = await proxy.get(path)
    const head = await proxy.head(path)
    for (const { status, headers } of [reply, head]) {
      expect(status).toBe(200)
      expect(headers.get('docker-content-digest')).toBe(root.digest)
      expect(headers.get('content-length')).toBe(String(root.bytes.length))
      expect(headers.get('content-type')).toBe(root.mediaType)
      expect(headers.get('oci-namespace')).toBe(ns === '' ? null : ns)
    }
    expect(Buffer.from(await reply.arrayBuffer()).equals(root.bytes)).toBe(true)
    expect(await head.text()).toBe('')
  })

  test('a blob: GET and HEAD (end-2)', async () => {
    const path = at(`/blobs/${layer.digest}`)
    const reply = await proxy.get(path)
    const bytes = Buffer.from(await reply.arrayBuffer())
    const head = await proxy.head(path)
    for (const { status, headers } of [reply, head]) {
      expect(status).toBe(200)
      expect(headers.get('docker-content-digest')).toBe(layer.digest)
      expect(headers.get('content-length')).toBe(String(layer.bytes.length))
    }
    expect(bytes.equals(layer.bytes)).toBe(true)
  })

  test.each([
    ['bytes=0-99', 0, 99],
    ['bytes=9900-', 9_900, 9_999],
    ['bytes=-10', 9_990, 9_999],
    ['bytes=9990-20000', 9_990, 9_999],
  ])('a blob, %s', async (range, start, end) => {
    const reply = await proxy.get(at(`/blobs/${layer.digest}`), { range })
    expect(reply.status).toBe(206)
    expect(reply.headers.get('content-range')).toBe(`bytes ${start}-${end}/10000`)
    expect(reply.headers.get('content-length')).toBe(String(end - start + 1))
    const bytes = Buffer.from(await reply.arrayBuffer())
    expect(bytes.equals(layer.bytes.subarray(start, end + 1))).toBe(true)
  })

  test('a range outside of the blob is 416', async () => {
    const reply = await proxy.get(at(`/blobs/${layer.digest}`), { range: 'bytes=10000-' })
    expect([reply.status, reply.headers.get('content-range')]).toEqual([416, 'bytes */10000'])
  })

  test.each([
    ['/manifests/absent', 404, 'MANIFEST_UNKNOWN'],
    [`/manifests/${ABSENT}`, 404, 'MANIFEST_UNKNOWN'],
    [`/blobs/${ABSENT}`, 404, 'BLOB_UNKNOWN'],
    ['-absent/tags/list', 404, 'NAME_UNKNOWN'],
    ['/manifests/-', 400, 'TAG_INVALID'],
    ['/manifests/sha256:12', 400, 'DIGEST_INVALID'],
    ['/blobs/sha256:12', 400, 'DIGEST_INVALID'],
    ['/referrers/sha256:12', 400, 'DIGEST_INVALID'],
  ])('%s is %i %s, in the shape of the specification', async (path, status, code) => {
    const reply = await proxy.get(at(path))
    expect([reply.status, reply.headers.get('content-type')]).toEqual([status, 'application/json'])
    const body = (await reply.json()) as { errors: { code: string; message: string }[] }
    expect(body.errors).toEqual([expect.objectContaining({ code, message: expect.stringMatching(/\S/) })])
    const head = await proxy.head(at(path))
    expect([head.status, await head.text()]).toEqual([status, ''])
  })

  test('tags: all of them, in ASCII order, under the name that was asked for (end-8a)', async () => {
    expect(await listed()).toEqual({ name, tags: ['B', 'a', 'b', 'c'], link: null })
  })

  test('tags: HEAD has the head of GET', async () => {
    const reply = await proxy.get(at('/tags/list'))
    const head = await proxy.head(at('/tags/list'))
    expect(head.status).toBe(200)
    expect(head.headers.get('content-length')).toBe(String((await reply.arrayBuffer()).byteLength))
  })

  test.each([
    [{ n: '0' }, [], false],
    [{ n: '2' }, ['B', 'a'], true],
    [{ n: '4' }, ['B', 'a', 'b', 'c'], false],
    [{ n: '2', last: 'a' }, ['b', 'c'], false],
    [{ last: 'b' }, ['c'], false],
    [{ n: '2', last: 'c' }, [], false],
  ])('tags: %j (end-8b)', async (query, tags, goesOn) => {
    const page = await listed(query)
    expect([page.tags, page.link !== null]).toEqual([tags, goesOn])
  })

  test("tags: the links lead through the same door to the end, never to the upstream's", async () => {
    const seen: string[] = []
    for (let path: string | undefined = at('/tags/list', { n: '1' }); path !== undefined; ) {
      const reply = await proxy.get(path)
      expect(reply.status).toBe(200)
      seen.push(...((await reply.json()) as { tags: string[] }).tags)
      const next: RegExpExecArray | null = /^<([^>]*)>; rel="next"$/.exec(reply.headers.get('link') ?? '')
      path = next?.[1]
      if (path !== undefined) expect(path.startsWith(`${base}/tags/list?n=1&last=`)).toBe(true)
      if (path !== undefined) expect(path.includes('ns=docker.io')).toBe(ns !== '')
    }
    expect(seen).toEqual(['B', 'a', 'b', 'c'])
  })

  test.each([
    [{}, 2, null],
    [{ artifactType: SBOM }, 1, 'artifactType'],
    [{ artifactType: 'none/such' }, 0, 'artifactType'],
  ])('referrers: %j (end-12)', async (query, count, filters) => {
    const reply = await proxy.get(at(`/referrers/${image.root.digest}`, query))
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toBe(INDEX)
    expect(reply.headers.get('oci-filters-applied')).toBe(filters)
    const index = (await reply.json()) as { schemaVersion: number; mediaType: string; manifests: unknown[] }
    expect([index.schemaVersion, index.mediaType, index.manifests.length]).toEqual([2, INDEX, count])
  })

  test('referrers of what nobody refers to are an empty index, not 404', async () => {
    const reply = await proxy.get(at(`/referrers/${ABSENT}`))
    expect(await reply.json()).toEqual({ schemaVersion: 2, mediaType: INDEX, manifests: [] })
  })
})

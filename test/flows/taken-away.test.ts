import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type ScriptedImage,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const SECOND = 1_000
const DAY = 24 * 3600 * SECOND
const APP = '/v2/library/app'
const TAG = `${APP}/manifests/1`
const PLATFORMS = [
  { os: 'linux', architecture: 'arm64' },
  { os: 'linux', architecture: 'amd64' },
]

let upstream: ScriptedUpstream
let proxy: RunningProxy
let image: ScriptedImage

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  image = upstream.addImage('library/app', {
    tags: ['1'],
    layers: [randomBytes(1_000), randomBytes(400_000)],
  })
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

/** The manifest by its digest, the config and the layers. */
function digestPaths(): string[] {
  const blobs = [image.config, ...image.layers].map(({ digest }) => `${APP}/blobs/${digest}`)
  return [`${APP}/manifests/${image.manifest.digest}`, ...blobs]
}

async function get(path: string): Promise<{ status: number; outcome: string | undefined }> {
  const reply = await proxy.get(path)
  await reply.arrayBuffer()
  return { status: reply.status, outcome: outcomeOf(reply) }
}

async function pull(): Promise<void> {
  for (const path of [TAG, ...digestPaths()]) expect((await get(path)).status).toBe(200)
  for (const { digest } of [image.config, ...image.layers]) await proxy.blobCommitted(digest)
}

describe.each([401, 403, 404])('(d16) public content that the upstream answers %i for now', (status) => {
  beforeEach(async () => {
    await pull()
    upstream.fault({ do: { kind: 'status', status } })
    upstream.log.clear()
  })

  test('stays pullable by digest, without a question', async () => {
    proxy.clock.advance(30 * DAY)
    for (const path of digestPaths()) expect(await get(path)).toEqual({ status: 200, outcome: 'hit' })
    expect(upstream.count()).toBe(0)
  })

  test('goes by its tag when the upstream has confirmed that it is gone, and not for a refusal', async () => {
    expect(await get(TAG)).toEqual({ status: 200, outcome: 'hit' })
    proxy.clock.advance(61 * SECOND)
    expect(await get(TAG)).toEqual({ status: 200, outcome: 'stale' })
    proxy.clock.advance(61 * SECOND)
    if (status === 404) expect(await get(TAG)).toEqual({ status: 404, outcome: undefined })
    else expect(await get(TAG)).toEqual({ status: 200, outcome: 'stale' })
  })
})

test('(d18) clients that accept different types pull one tag in turn: each has what it takes, fetched once', async () => {
  const multi = upstream.addImage('library/multi', { tags: ['1'], index: PLATFORMS })
  const platform = multi.manifests[1] ?? multi.manifest
  const path = '/v2/library/multi/manifests/1'
  const turns = [
    { accept: platform.mediaType, want: platform },
    { accept: `${platform.mediaType}, ${multi.root.mediaType}`, want: multi.root },
    { accept: platform.mediaType.toUpperCase(), want: platform },
    { accept: '*/*', want: multi.root },
    { accept: platform.mediaType, want: platform },
  ]
  for (const { accept, want } of turns) {
    const reply = await proxy.get(path, { accept })
    expect(reply.headers.get('content-type')).toBe(want.mediaType)
    expect(reply.headers.get('docker-content-digest')).toBe(want.digest)
    expect(Buffer.from(await reply.arrayBuffer()).equals(want.bytes)).toBe(true)
  }
  const asked = upstream.requests.map((request) => `${request.method} ${request.path}`)
  expect(asked).toEqual([`GET ${path}`, `GET /v2/library/multi/manifests/${platform.digest}`])
})

test('(d22) an upstream whose blobs are 403 to HEAD notices nothing of it, and neither do clients', async () => {
  upstream.fault({ match: { method: 'HEAD', path: /\/blobs\// }, do: { kind: 'status', status: 403 } })
  const unnamed = upstream.addBlob('library/app', randomBytes(5_000))
  const elsewhere = upstream.addBlob('library/other', image.config.bytes)
  const blobs = [image.config, ...image.layers, unnamed]
  const sizes = async () => {
    const heads = await Promise.all(blobs.map(({ digest }) => proxy.head(`${APP}/blobs/${digest}`)))
    return heads.map((head) => Number(head.headers.get('content-length')))
  }
  const want = blobs.map(({ bytes }) => bytes.length)
  expect(await sizes()).toEqual(want)
  await pull()
  expect(await sizes()).toEqual(want)
  // Here, and to be proved for another repository.
  expect((await proxy.head(`/v2/library/other/blobs/${elsewhere.digest}`)).status).toBe(200)
  expect(upstream.count({ method: 'HEAD', path: /\/blobs\// })).toBe(0)
})

describe('(d27) an image that was removed', () => {
  const everywhere = () => [TAG, ...digestPaths()]

  beforeEach(async () => {
    // Often enough that memory could answer.
    await pull()
    for (const path of everywhere()) expect(await get(path)).toEqual({ status: 200, outcome: 'hit' })
    for (const path of everywhere()) expect((await proxy.head(path)).status).toBe(200)
    expect(await proxy.admin.remove('docker.io/library/app:1')).toBeDefined()
  })

  test('is not served from anywhere, neither whole nor its head', async () => {
    await upstream.stop()
    for (const path of everywhere()) {
      expect(await get(path)).toEqual({ status: 502, outcome: undefined })
      expect((await proxy.head(path)).status).toBe(502)
    }
  })

  test('is fetched anew by the next who pulls it', async () => {
    for (const path of everywhere().filter((one) => !one.includes('/manifests/sha256:'))) {
      expect(await get(path)).toEqual({ status: 200, outcome: 'miss' })
    }
  })
})

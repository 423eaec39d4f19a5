import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import {
  type ScriptedImage,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { errorCodeOf, outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const TAG_URL = '/v2/library/app/manifests/1'
const SECOND = 1_000

let upstream: ScriptedUpstream
let proxy: RunningProxy
let image: ScriptedImage

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  image = upstream.addImage('library/app', { tags: ['1'] })
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

/** Builds another image under the same repository and moves the tag to it. */
function moveTag(): ScriptedImage {
  return upstream.addImage('library/app', { tags: ['1'], layers: [Buffer.from(`layer ${Math.random()}`)] })
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer())
}

describe('a tag', () => {
  test('is fetched once, and served from the cache while it is fresh', async () => {
    const cold = await proxy.get(TAG_URL)
    expect(cold.status).toBe(200)
    expect(outcomeOf(cold)).toBe('miss')
    expect(cold.headers.get('docker-content-digest')).toBe(image.manifest.digest)
    expect(cold.headers.get('content-type')).toBe(image.manifest.mediaType)
    expect(cold.headers.get('etag')).toBe(`"${image.manifest.digest}"`)
    expect(await bytesOf(cold)).toEqual(image.manifest.bytes)

    await upstream.stop()
    // A tag's time may end up to a tenth earlier than its TTL.
    proxy.clock.advance(53 * SECOND)
    const hot = await proxy.get(TAG_URL)
    expect(outcomeOf(hot)).toBe('hit')
    expect(hot.headers.get('cache-status')).toBe('entrepot; hit; detail=hit')
    expect(await bytesOf(hot)).toEqual(image.manifest.bytes)
  })

  test('(d31) is revalidated by one HEAD, however many ask', async () => {
    await proxy.get(TAG_URL)
    proxy.clock.advance(61 * SECOND)
    upstream.log.clear()
    const replies = await Promise.all(Array.from({ length: 20 }, () => proxy.get(TAG_URL)))
    // Who came after the answer finds the tag fresh again.
    for (const reply of replies) expect(outcomeOf(reply)).toMatch(/^(revalidated|hit)$/)
    const leaders = replies.filter(
      (reply) => !/collapsed|; hit;/.test(reply.headers.get('cache-status') ?? ''),
    )
    expect(leaders).toHaveLength(1)
    expect(upstream.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([`HEAD ${TAG_URL}`])
  })

  test('(d17) that moved is fetched by its new digest', async () => {
    await proxy.get(TAG_URL)
    const moved = moveTag()
    proxy.clock.advance(61 * SECOND)
    upstream.log.clear()
    const reply = await proxy.get(TAG_URL)
    expect(outcomeOf(reply)).toBe('updated')
    expect(await bytesOf(reply)).toEqual(moved.manifest.bytes)
    expect(upstream.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `HEAD ${TAG_URL}`,
      `GET /v2/library/app/manifests/${moved.manifest.digest}`,
    ])
    expect(outcomeOf(await proxy.get(TAG_URL))).toBe('hit')
  })

  const troubles: { name: string; begin: () => Promise<void> | void }[] = [
    { name: 'refuses connections', begin: () => upstream.stop() },
    {
      name: 'answers 500',
      begin: () => void upstream.fault({ do: { kind: 'status', status: 500 } }),
    },
    {
      name: 'answers 429',
      begin: () =>
        void upstream.fault({ do: { kind: 'status', status: 429, headers: { 'retry-after': '120' } } }),
    },
    { name: 'drops connections', begin: () => void upstream.fault({ do: { kind: 'drop' } }) },
    {
      name: 'never answers',
      begin: () => {
        upstream.fault({ do: { kind: 'silence' } })
        upstream.log.clear()
        void upstream.waitFor({ method: 'HEAD' }).then(() => proxy.clock.advance(3 * SECOND))
      },
    },
    {
      name: 'answers 403 for content that was public',
      begin: () => void upstream.fault({ do: { kind: 'status', status: 403 } }),
    },
    {
      name: 'says the tag moved and then fails to deliver',
      begin: () => {
        moveTag()
        upstream.fault({ match: { method: 'GET' }, do: { kind: 'status', status: 503 } })
      },
    },
    {
      name: 'says the tag moved and then limits the GET',
      begin: () => {
        moveTag()
        upstream.fault({ match: { method: 'GET' }, do: { kind: 'status', status: 429 } })
      },
    },
    {
      name: 'delivers another manifest than it announced',
      begin: () => {
        moveTag()
        upstream.fault({ match: { method: 'GET' }, do: { kind: 'replace-body', body: Buffer.from('{}') } })
      },
    },
  ]

  test.each(troubles)(
    '(d14) (d15) (d16) (d17) is served stale when the upstream $name',
    async ({ begin }) => {
      await proxy.get(TAG_URL)
      await begin()
      proxy.clock.advance(61 * SECOND)
      const reply = await proxy.get(TAG_URL)
      expect(reply.status).toBe(200)
      expect(outcomeOf(reply)).toBe('stale')
      expect(reply.headers.get('warning')).toMatch(/^299 - ".*library\/app:1.*"$/)
      expect(await bytesOf(reply)).toEqual(image.manifest.bytes)
    },
  )

  test('(d14) costs one client the deadline in an outage, not every client', async () => {
    await proxy.get(TAG_URL)
    upstream.fault({ do: { kind: 'silence' } })
    proxy.clock.advance(61 * SECOND)
    upstream.log.clear()
    const first = proxy.get(TAG_URL)
    await upstream.waitFor({ method: 'HEAD' })
    proxy.clock.advance(3 * SECOND)
    expect(outcomeOf(await first)).toBe('stale')
    // Nobody moves the clock for this one: it must not wait.
    expect(outcomeOf(await proxy.get(TAG_URL))).toBe('stale')
    expect(upstream.count()).toBe(1)
    proxy.clock.advance(31 * SECOND)
    upstream.clearFaults()
    expect(outcomeOf(await proxy.get(TAG_URL))).toBe('revalidated')
  })

  test('is not served stale for longer than maxStale', async () => {
    await proxy.get(TAG_URL)
    await upstream.stop()
    proxy.clock.advance(8 * 24 * 3600 * SECOND)
    const reply = await proxy.get(TAG_URL)
    expect(reply.status).toBe(502)
    expect(await errorCodeOf(reply)).toBe('UPSTREAM_UNAVAILABLE')
    const byDigest = await proxy.get(`/v2/library/app/manifests/${image.manifest.digest}`)
    expect(outcomeOf(byDigest)).toBe('hit')
  })

  test('(d16) that the upstream removed is taken away when it says so again after a minute', async () => {
    await proxy.get(TAG_URL)
    upstream.removeTag('library/app', '1')
    proxy.clock.advance(61 * SECOND)
    expect(outcomeOf(await proxy.get(TAG_URL))).toBe('stale')
    proxy.clock.advance(59 * SECOND)
    expect(outcomeOf(await proxy.get(TAG_URL))).toBe('stale')
    proxy.clock.advance(2 * SECOND)
    const gone = await proxy.get(TAG_URL)
    expect(gone.status).toBe(404)
    expect(await errorCodeOf(gone)).toBe('MANIFEST_UNKNOWN')
    const byDigest = await proxy.get(`/v2/library/app/manifests/${image.manifest.digest}`)
    expect(outcomeOf(byDigest)).toBe('hit')
  })

  test('that comes back within the minute is no longer counted as gone', async () => {
    await proxy.get(TAG_URL)
    upstream.removeTag('library/app', '1')
    proxy.clock.advance(61 * SECOND)
    expect(outcomeOf(await proxy.get(TAG_URL))).toBe('stale')
    upstream.moveTag('library/app', '1', image.manifest.digest)
    proxy.clock.advance(61 * SECOND)
    expect(outcomeOf(await proxy.get(TAG_URL))).toBe('revalidated')
    upstream.removeTag('library/app', '1')
    proxy.clock.advance(61 * SECOND)
    expect(outcomeOf(await proxy.get(TAG_URL))).toBe('stale')
  })

  test('that is unknown is remembered as unknown for ten seconds', async () => {
    const url = '/v2/library/app/manifests/none'
    expect((await proxy.get(url)).status).toBe(404)
    upstream.log.clear()
    expect((await proxy.get(url)).status).toBe(404)
    expect((await proxy.head(url)).status).toBe(404)
    expect(upstream.count()).toBe(0)
    proxy.clock.advance(11 * SECOND)
    upstream.moveTag('library/app', 'none', image.manifest.digest)
    expect(outcomeOf(await proxy.get(url))).toBe('miss')
  })

  test('(d15) that is cold while the upstream limits us is 429 with the time to come back', async () => {
    upstream.fault({ do: { kind: 'status', status: 429, headers: { 'retry-after': '77' } } })
    const reply = await proxy.get(TAG_URL)
    expect(reply.status).toBe(429)
    expect(reply.headers.get('retry-after')).toBe('77')
    expect(await errorCodeOf(reply)).toBe('TOOMANYREQUESTS')
  })

  test('(d31) is asked for once when many clients want it cold', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => proxy.get(TAG_URL)))
    expect(replies.every((reply) => reply.status === 200)).toBe(true)
    expect(upstream.count({ method: 'GET' })).toBe(1)
  })

  test('with a rule of its own is believed for as long as the rule says', async () => {
    await using other = await startProxy({
      upstreams: { 'docker.io': upstream.url },
      tagRules: [{ upstream: 'docker.io', repository: 'library/*', tag: '[0-9]*', ttlMs: 3600 * SECOND }],
    })
    await other.get(TAG_URL)
    other.clock.advance(3239 * SECOND)
    expect(outcomeOf(await other.get(TAG_URL))).toBe('hit')
    other.clock.advance(362 * SECOND)
    expect(outcomeOf(await other.get(TAG_URL))).toBe('revalidated')
  })

  test('(d25) is asked for again when the clock was set back', async () => {
    await proxy.get(TAG_URL)
    proxy.clock.advance(-3600 * SECOND)
    expect(outcomeOf(await proxy.get(TAG_URL))).toBe('revalidated')
  })
})

describe('HEAD of a tag', () => {
  test('that does not exist costs one HEAD in ten seconds', async () => {
    for (let round = 0; round < 3; round += 1) {
      expect((await proxy.head('/v2/library/app/manifests/none')).status).toBe(404)
    }
    expect(upstream.requests.map(({ method }) => method)).toEqual(['HEAD'])
    proxy.clock.advance(11 * SECOND)
    await proxy.head('/v2/library/app/manifests/none')
    expect(upstream.count()).toBe(2)
  })

  test('that is not here costs the upstream a HEAD, not a pull, and is remembered for the GET by digest', async () => {
    const head = await proxy.head(TAG_URL)
    expect(head.status).toBe(200)
    expect(head.headers.get('docker-content-digest')).toBe(image.manifest.digest)
    expect(head.headers.get('content-length')).toBe(String(image.manifest.bytes.length))
    expect(upstream.requests.map(({ method }) => method)).toEqual(['HEAD'])

    const byDigest = await proxy.get(`/v2/library/app/manifests/${image.manifest.digest}`)
    expect(digestOf(await bytesOf(byDigest))).toBe(image.manifest.digest)
    await upstream.stop()
    const hot = await proxy.head(TAG_URL)
    expect(outcomeOf(hot)).toBe('hit')
    expect(hot.headers.get('docker-content-digest')).toBe(image.manifest.digest)
  })
})

describe('(d18) an index', () => {
  const platforms = [
    { os: 'linux', architecture: 'arm64' },
    { os: 'linux', architecture: 'amd64' },
  ]

  test('is served as it is to clients that take one, or anything', async () => {
    const multi = upstream.addImage('library/multi', { tags: ['1'], index: platforms })
    for (const accept of [undefined, '*/*', multi.root.mediaType]) {
      const reply = await proxy.get('/v2/library/multi/manifests/1', accept === undefined ? {} : { accept })
      expect(reply.headers.get('content-type')).toBe(multi.root.mediaType)
      expect(reply.headers.get('vary')).toBe('Accept')
    }
  })

  test('gives its linux/amd64 manifest to a client that takes no index', async () => {
    const multi = upstream.addImage('library/multi', { tags: ['1'], index: platforms })
    const accept = multi.manifest.mediaType
    const reply = await proxy.get('/v2/library/multi/manifests/1', { accept })
    expect(reply.headers.get('docker-content-digest')).toBe(multi.manifests[1]?.digest)
    const head = await proxy.head('/v2/library/multi/manifests/1', { accept })
    expect(head.headers.get('docker-content-digest')).toBe(multi.manifests[1]?.digest)
    const byDigest = await proxy.get(`/v2/library/multi/manifests/${multi.root.digest}`, { accept })
    expect(byDigest.headers.get('docker-content-digest')).toBe(multi.root.digest)
  })
})

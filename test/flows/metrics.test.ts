import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { readScrape, type Scraped } from '../support/scrape.ts'
import {
  type ScriptedImage,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'

let upstream: ScriptedUpstream
let proxy: RunningProxy
let image: ScriptedImage

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  image = upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(10_000)] })
  proxy = await startProxy({
    upstreams: { 'docker.io': upstream.url },
    metrics: { listen: { host: '127.0.0.1', port: 0 } },
  })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function scrape(url = proxy.metricsUrl): Promise<Scraped> {
  const reply = await fetch(`${url}/metrics`)
  expect(reply.status).toBe(200)
  return readScrape(await reply.text())
}

async function pull(): Promise<number> {
  const layer = image.layers[0]?.digest
  let bytes = 0
  for (const path of ['manifests/1', `blobs/${layer}`]) {
    const reply = await proxy.get(`/v2/library/app/${path}`)
    expect(reply.status).toBe(200)
    bytes += (await reply.arrayBuffer()).byteLength
  }
  return bytes
}

describe('/metrics', () => {
  test('tells what clients asked, what it took of upstreams, and what is kept', async () => {
    const bytes = await pull()
    await proxy.blobCommitted(image.layers[0]?.digest ?? image.root.digest)
    await pull()
    expect((await proxy.get('/v2/library/none/manifests/1')).status).toBe(404)
    const { value } = await scrape()
    const requests = (kind: string, outcome: string) =>
      value(`entrepot_requests_total{door="mirror",kind="${kind}",outcome="${outcome}"}`)
    expect(requests('manifest', 'miss')).toBe(1)
    expect(requests('manifest', 'hit')).toBe(1)
    expect(requests('manifest', 'refused')).toBe(1)
    expect(requests('blob', 'miss')).toBe(1)
    expect(requests('blob', 'hit')).toBe(1)
    const sent = ['manifest', 'blob'].map((kind) => value(`entrepot_sent_bytes_total{kind="${kind}"}`) ?? 0)
    expect(sent[0] ?? 0).toBe(2 * bytes - 20_000)
    expect(sent[1]).toBe(20_000)
    expect(value('entrepot_upstream_received_bytes_total{upstream="docker.io"}')).toBe(bytes)
    expect(value('entrepot_upstream_requests_total{status="200",upstream="docker.io"}')).toBe(2)
    expect(value('entrepot_upstream_requests_total{status="404",upstream="docker.io"}')).toBe(1)
    expect(value('entrepot_upstream_state{server="registry",upstream="docker.io"}')).toBe(0)
    expect(value('entrepot_fills_started_total')).toBe(1)
    expect(value('entrepot_fills_ended_total{result="committed"}')).toBe(1)
    expect(value('entrepot_storage_used_bytes')).toBeGreaterThanOrEqual(10_000)
    expect(value('entrepot_storage_healthy')).toBe(1)
    expect(value('entrepot_request_duration_seconds_count{kind="blob",origin="cache"}')).toBe(1)
    expect(value('entrepot_request_duration_seconds_bucket{kind="blob",le="+Inf",origin="cache"}')).toBe(1)
  })

  test('tells the pulls that are over by their dearest outcome', async () => {
    await pull()
    await proxy.blobCommitted(image.layers[0]?.digest ?? image.root.digest)
    const pulls = async (outcome: string) =>
      (await scrape()).value(`entrepot_pulls_total{outcome="${outcome}"}`)
    for (const ended of ['miss', 'hit']) {
      expect(await pulls(ended)).toBe(0)
      proxy.clock.advance(20_000)
      await expect.poll(() => pulls(ended)).toBe(1)
      if (ended === 'miss') await pull()
    }
    const [first, second] = proxy.log.of('pull.served').map(({ fields }) => fields)
    expect(first).toMatchObject({
      outcome: 'miss',
      client: '127.0.0.1',
      group: 'default',
      upstreamRequests: 2,
    })
    expect(second).toMatchObject({ outcome: 'hit', upstreamRequests: 0, bytes: first?.bytes })
  })

  test('tells the limit of an upstream only where it told one', async () => {
    const set = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '40;w=21600' }
    upstream.fault({ do: { kind: 'headers', set } })
    await pull()
    const { value } = await scrape()
    expect(value('entrepot_upstream_limit_pulls{upstream="docker.io"}')).toBe(100)
    expect(value('entrepot_upstream_remaining_pulls{upstream="docker.io"}')).toBe(40)
    expect(value('entrepot_upstream_exhaustion_seconds{upstream="docker.io"}')).toBeUndefined()
  })

  test('has no series for an image, a tag or a group', async () => {
    await pull()
    const { labels, text } = await scrape()
    const keys = new Set([...labels.values()].flatMap((names) => [...names]))
    expect([...keys].sort()).toEqual([
      'door',
      'kind',
      'le',
      'node',
      'origin',
      'outcome',
      'quantile',
      'result',
      'server',
      'status',
      'upstream',
      'version',
    ])
    expect(text).not.toContain('library/app')
  })

  test('has nothing else on its own listener', async () => {
    for (const path of ['/v2/', '/healthz', '/api/v1/upstreams'])
      expect((await fetch(`${proxy.metricsUrl}${path}`)).status).toBe(404)
  })
})

describe('/metrics beside the registry', () => {
  test('is for this machine', async () => {
    expect((await scrape(proxy.url)).names).toContain('entrepot_requests_total')
  })

  test('is not for somebody behind a proxy, until they show a token of role admin', async () => {
    const foreign = { 'x-forwarded-for': '203.0.113.7' }
    const stranger = await proxy.get('/metrics', foreign)
    expect(stranger.status).toBe(401)
    expect(stranger.headers.get('www-authenticate')).toContain('Basic')
    const group = parseGroupPath('default')
    const order = { name: 'scraper', repositories: [], expiresAt: undefined }
    const { credentials } = proxy.access
    const admin = await credentials.createToken({ ...order, role: 'admin', groups: [] })
    const puller = await credentials.createToken({ ...order, role: 'pull', groups: [group] })
    const as = (secret: string) => proxy.get('/metrics', { ...foreign, authorization: `Bearer ${secret}` })
    expect((await as(puller.secret)).status).toBe(403)
    expect((await as('entrepot_nothing')).status).toBe(401)
    const seen = await as(admin.secret)
    expect(seen.status).toBe(200)
    expect(seen.headers.get('content-type')).toContain('version=0.0.4')
    expect(await seen.text()).toContain('entrepot_requests_total')
  })

  test('is in no listener for jobs without credentials', async () => {
    await using other = await startProxy({
      upstreams: { 'docker.io': upstream.url },
      groups: { default: { anonymousNetworks: [] } },
    })
    expect((await other.get('/metrics')).status).toBe(401)
    expect(other.metricsUrl).toBeUndefined()
  })
})

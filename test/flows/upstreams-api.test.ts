import { expect, test } from 'vitest'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'

const PATH = '/api/v1/upstreams'

async function listOf(proxy: RunningProxy): Promise<Record<string, unknown>[]> {
  const reply = await proxy.get(PATH)
  expect([reply.status, reply.headers.get('cache-control')]).toEqual([200, 'no-store'])
  return ((await reply.json()) as { upstreams: Record<string, unknown>[] }).upstreams
}

test('tells of every upstream what is known of it', async () => {
  await using hub = await startScriptedUpstream({
    auth: { kind: 'basic', users: { acme: 's3cret-of-acme' } },
  })
  hub.addImage('library/app')
  await using proxy = await startProxy({
    upstreams: {
      'docker.io': {
        at: hub.url,
        credential: { username: 'acme', password: 's3cret-of-acme' },
        privateFor: ['default'],
      },
      'ghcr.io': 'http://127.0.0.1:1',
    },
  })
  const CLOSED = { state: 'closed', error: null }
  const unknown = {
    registry: CLOSED,
    blobs: CLOSED,
    token: CLOSED,
    limit: null,
    remaining: null,
    windowSeconds: null,
    source: null,
    observedAt: null,
    forecast: null,
    limitedUntil: null,
    reserveReached: false,
  }
  expect(await listOf(proxy)).toEqual([
    { ...unknown, name: 'docker.io', url: `${hub.url}/`, credential: 'docker.io/acme' },
    { ...unknown, name: 'ghcr.io', url: 'http://127.0.0.1:1/', credential: null },
  ])

  const limited = {
    'ratelimit-limit': '100;w=21600',
    'ratelimit-remaining': '9;w=21600',
    'docker-ratelimit-source': '192.0.2.7',
  }
  hub.fault({ do: { kind: 'headers', set: limited } })
  expect((await proxy.get('/v2/library/app/manifests/latest')).status).toBe(200)
  for (const name of ['a', 'b', 'c']) await proxy.get(`/v2/ghcr.io/acme/${name}/manifests/latest`)
  hub.clearFaults()
  hub.fault({ do: { kind: 'status', status: 429, headers: { 'retry-after': '60' } } })
  await proxy.get('/v2/library/app/manifests/other')
  const [docker, ghcr] = await listOf(proxy)
  expect(docker).toMatchObject({
    limit: 100,
    remaining: 9,
    windowSeconds: 21_600,
    source: '192.0.2.7',
    observedAt: '2026-01-01T00:00:00.000Z',
    limitedUntil: '2026-01-01T00:01:00.000Z',
    reserveReached: true,
  })
  expect(ghcr).toMatchObject({
    registry: { state: 'open', error: expect.stringContaining('ghcr.io cannot be reached') },
  })
  expect(JSON.stringify([docker, ghcr])).not.toContain('s3cret-of')
})

test('tells nobody who may not pull', async () => {
  await using proxy = await startProxy({
    upstreams: { 'docker.io': 'http://127.0.0.1:1' },
    groups: { default: { anonymousNetworks: [] } },
  })
  const reply = await proxy.get(PATH)
  expect(reply.status).toBe(403)
  expect(await reply.text()).not.toContain('docker.io')
})

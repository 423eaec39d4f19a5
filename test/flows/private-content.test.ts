import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { makeGate, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { errorCodeOf, outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const LOOPBACK = { anonymousNetworks: ['127.0.0.0/8'] }

let upstream: ScriptedUpstream
let proxy: RunningProxy

beforeEach(async () => {
  upstream = await startScriptedUpstream({
    auth: { kind: 'bearer' },
    tokens: {
      users: { acme: 's3cret-of-acme' },
      access: (user, repository) => user === 'acme' || repository.startsWith('library/'),
    },
  })
  proxy = await startProxy({
    upstreams: {
      'docker.io': {
        at: upstream.url,
        credential: { username: 'acme', password: 's3cret-of-acme' },
        privateFor: ['team'],
        tokenHosts: [new URL(upstream.tokens.realm).host],
      },
      'other.test': { at: upstream.url, tokenHosts: [new URL(upstream.tokens.realm).host] },
    },
    groups: { default: LOOPBACK, team: LOOPBACK, others: LOOPBACK },
  })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

function as(group: string, rest: string): string {
  return `/v2/${group}/dependency_proxy/containers/${rest}`
}

async function pull(group: string, repository: string, layer: string): Promise<Response[]> {
  const manifest = await proxy.get(as(group, `${repository}/manifests/1`))
  const blob = await proxy.get(as(group, `${repository}/blobs/${layer}`))
  await blob.arrayBuffer()
  return [manifest, blob]
}

function addPrivate() {
  const image = upstream.addImage('acme/app', { tags: ['1'], layers: [randomBytes(1000)] })
  return { image, layer: image.layers[0]?.digest ?? digestOf(Buffer.alloc(0)) }
}

describe('(d19) content that needs our credential', () => {
  test('serves the groups of privateFor, and nobody else although the bytes are here', async () => {
    const { image, layer } = addPrivate()
    for (const reply of await pull('team', 'acme/app', layer)) expect(reply.status).toBe(200)

    for (const path of [
      'acme/app/manifests/1',
      `acme/app/manifests/${image.manifest.digest}`,
      `acme/app/blobs/${layer}`,
      `library/app/blobs/${layer}`,
      `library/app/manifests/${image.manifest.digest}`,
      `other.test/library/app/blobs/${layer}`,
    ]) {
      for (const method of ['get', 'head'] as const) {
        const reply = await proxy[method](as('others', path))
        expect([path, method, reply.status]).toEqual([
          path,
          method,
          expect.toSatisfy((status) => status === 403 || status === 404),
        ])
      }
    }
    const denied = await proxy.get(as('others', 'acme/app/manifests/1'))
    expect(await errorCodeOf(denied)).toBe('DENIED')
  })

  test("is not opened by a manifest of one's own that names its digest", async () => {
    const { layer, image } = addPrivate()
    await pull('team', 'acme/app', layer)
    const thief = upstream.addManifest(
      'library/thief',
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: image.manifest.mediaType,
          config: {
            mediaType: 'application/vnd.oci.image.config.v1+json',
            digest: image.config.digest,
            size: image.config.bytes.length,
          },
          layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: layer, size: 1000 }],
        }),
      ),
      image.manifest.mediaType,
      ['1'],
    )
    const manifest = await proxy.get(as('others', 'library/thief/manifests/1'))
    expect(manifest.headers.get('docker-content-digest')).toBe(thief.digest)
    const blob = await proxy.get(as('others', `library/thief/blobs/${layer}`))
    expect(blob.status).toBe(404)
  })

  test('is not opened by joining a download that runs for somebody else', async () => {
    const { layer } = addPrivate()
    const gate = makeGate()
    upstream.fault({ match: { path: /\/blobs\// }, times: 1, do: { kind: 'hold', until: gate.promise } })
    const own = proxy.get(as('team', `acme/app/blobs/${layer}`))
    await upstream.waitFor({ path: /\/blobs\// })
    const foreign = await proxy.get(as('others', `acme/app/blobs/${layer}`))
    expect(foreign.status).toBe(403)
    gate.open()
    expect((await own).status).toBe(200)
  })

  test('is proved again after an hour, and stands for a day when the upstream cannot be asked', async () => {
    const { layer } = addPrivate()
    await pull('team', 'acme/app', layer)
    await proxy.blobCommitted(layer)
    const path = as('team', `acme/app/blobs/${layer}`)
    proxy.clock.advance(59 * MINUTE)
    upstream.log.clear()
    expect(outcomeOf(await proxy.get(path))).toBe('hit')
    expect(upstream.count()).toBe(0)

    proxy.clock.advance(2 * MINUTE)
    expect((await proxy.get(path)).status).toBe(200)
    expect(upstream.requests.at(-1)).toMatchObject({
      method: 'HEAD',
      path: expect.stringContaining('/manifests/sha256:'),
    })

    await upstream.stop()
    proxy.clock.advance(23 * HOUR)
    expect((await proxy.get(path)).status).toBe(200)
    proxy.clock.advance(2 * HOUR)
    expect((await proxy.get(path)).status).toBe(502)
  })

  test.each([
    { status: 401, want: 403 },
    { status: 403, want: 403 },
    { status: 404, want: 404 },
  ])('(d16) that the upstream answers $status for now is refused here too', async ({ status, want }) => {
    const { image, layer } = addPrivate()
    await pull('team', 'acme/app', layer)
    await proxy.blobCommitted(layer)
    upstream.fault({ do: { kind: 'status', status } })
    proxy.clock.advance(61 * MINUTE)
    const rest = [`manifests/${image.manifest.digest}`, `blobs/${layer}`, 'manifests/1']
    for (const path of [...rest, ...rest]) {
      expect((await proxy.get(as('team', `acme/app/${path}`))).status, path).toBe(want)
    }
  })
})

describe('public content of an upstream that we have a credential for', () => {
  test('serves every group, downloaded with the credential', async () => {
    const image = upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(1000)] })
    const layer = image.layers[0]?.digest ?? ''
    for (const reply of await pull('others', 'library/app', layer)) expect(reply.status).toBe(200)
    const token = upstream.tokens.requests.filter((request) => request.authorization === 'basic')
    expect(token.length).toBeGreaterThan(0)
    await upstream.stop()
    await upstream.tokens.stop()
    for (const reply of await pull('others', 'library/app', layer)) expect(outcomeOf(reply)).toBe('hit')
  })
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Digest } from '../../src/oci/digest.ts'
import { attach, EMPTY_JSON, sign } from '../support/artifact.ts'
import type { ScriptedImage } from '../support/scripted-upstream/content.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { errorCodeOf, outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const MINUTE = 60_000
const INDEX = 'application/vnd.oci.image.index.v1+json'
const SBOM = { artifactType: 'application/spdx+json', text: '{"spdxVersion":"SPDX-2.3"}' }
const ATTESTATION = { artifactType: 'application/vnd.in-toto+json', text: '{"_type":"statement"}' }

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

interface Listed {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Record<string, string>
}

const pathOf = (query = '') => `/v2/library/app/referrers/${image.root.digest}${query}`

async function manifestsOf(reply: Response): Promise<readonly Listed[]> {
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, INDEX])
  const index = (await reply.json()) as { schemaVersion: number; mediaType: string; manifests: Listed[] }
  expect([index.schemaVersion, index.mediaType]).toEqual([2, INDEX])
  return index.manifests
}

async function digestsOf(reply: Response): Promise<readonly Digest[]> {
  return (await manifestsOf(reply)).map(({ digest }) => digest)
}

/** Puts the list where clients put it at registries without the API. */
function pushReferrersTag(digests: readonly Listed[], mediaType = INDEX): void {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: digests }))
  upstream.addManifest('library/app', bytes, mediaType, [image.root.digest.replace(':', '-')])
}

describe('with a referrers API upstream', () => {
  test('an SBOM and an attestation are found, and pulled to the last byte, also when all upstreams are down', async () => {
    const sbom = attach(upstream, 'library/app', image.root, SBOM)
    const attestation = attach(upstream, 'library/app', image.root, ATTESTATION)
    const pull = async (outcomes: readonly (string | undefined)[]) => {
      const list = await proxy.get(pathOf())
      const found = await manifestsOf(list)
      expect(found.map(({ digest }) => digest)).toEqual([sbom.manifest.digest, attestation.manifest.digest])
      expect(found[0]?.annotations).toEqual({ 'org.opencontainers.image.created': '2026-01-01T00:00:00Z' })
      expect(outcomes).toContain(outcomeOf(list))
      const manifest = await proxy.get(`/v2/library/app/manifests/${sbom.manifest.digest}`)
      const bytes = Buffer.from(await manifest.arrayBuffer())
      expect(bytes.equals(sbom.manifest.bytes)).toBe(true)
      const { config, layers } = JSON.parse(bytes.toString())
      expect(config.mediaType).toBe('application/vnd.oci.empty.v1+json')
      const empty = await proxy.get(`/v2/library/app/blobs/${config.digest}`)
      expect(Buffer.from(await empty.arrayBuffer()).equals(EMPTY_JSON)).toBe(true)
      const layer = await proxy.get(`/v2/library/app/blobs/${layers[0].digest}`)
      expect(await layer.text()).toBe(SBOM.text)
    }
    await pull(['miss'])
    await proxy.blobCommitted(sbom.blob)
    await upstream.stop()
    await pull(['hit'])
    proxy.clock.advance(MINUTE)
    await pull(['stale'])
  })

  test('a filter is applied here, and said to be; the upstream is asked once for all filters', async () => {
    const sbom = attach(upstream, 'library/app', image.root, SBOM)
    attach(upstream, 'library/app', image.root, ATTESTATION)
    for (const type of ['application/spdx%2Bjson', 'application/spdx+json']) {
      const reply = await proxy.get(pathOf(`?artifactType=${type}`))
      expect(reply.headers.get('oci-filters-applied')).toBe('artifactType')
      expect(await digestsOf(reply)).toEqual([sbom.manifest.digest])
    }
    expect(await digestsOf(await proxy.get(pathOf('?artifactType=none/such')))).toEqual([])
    const all = await proxy.get(pathOf())
    expect(all.headers.has('oci-filters-applied')).toBe(false)
    expect(await digestsOf(all)).toHaveLength(2)
    expect(upstream.count({ path: /\/referrers\// })).toBe(1)
  })

  test('pages of the upstream become one list', async () => {
    upstream.lists.pageSize = 1
    for (const text of ['1', '2', '3']) attach(upstream, 'library/app', image.root, { ...SBOM, text })
    const reply = await proxy.get(pathOf())
    expect(reply.headers.has('link')).toBe(false)
    expect(await digestsOf(reply)).toHaveLength(3)
  })

  test('of what has none there is an empty index', async () => {
    expect(await digestsOf(await proxy.get(pathOf()))).toEqual([])
  })

  test('a new one is seen when the time of the list is over', async () => {
    await proxy.get(pathOf())
    attach(upstream, 'library/app', image.root, SBOM)
    expect(await digestsOf(await proxy.get(pathOf()))).toHaveLength(0)
    proxy.clock.advance(MINUTE)
    const updated = await proxy.get(pathOf())
    expect(outcomeOf(updated)).toBe('updated')
    expect(await digestsOf(updated)).toHaveLength(1)
  })

  test('a list with something that is no descriptor is not passed on', async () => {
    const body = JSON.stringify({ schemaVersion: 2, manifests: [{ digest: 'sha256:12' }] })
    upstream.fault({ do: { kind: 'status', status: 200, body, headers: { 'content-type': INDEX } } })
    expect(await errorCodeOf(await proxy.get(pathOf()))).toBe('UPSTREAM_INVALID')
  })
})

describe('without a referrers API upstream', () => {
  beforeEach(() => {
    upstream.lists.referrers = false
  })

  test('the index under the tag of the digest is the list', async () => {
    const { manifest } = attach(upstream, 'library/app', image.root, SBOM)
    const { digest, mediaType, bytes } = manifest
    pushReferrersTag([{ digest, mediaType, size: bytes.length, artifactType: SBOM.artifactType }])
    expect(await digestsOf(await proxy.get(pathOf()))).toEqual([digest])
    expect(await digestsOf(await proxy.get(pathOf('?artifactType=none/such')))).toEqual([])
    await upstream.stop()
    proxy.clock.advance(MINUTE)
    const stale = await proxy.get(pathOf())
    expect([outcomeOf(stale), await digestsOf(stale)]).toEqual(['stale', [digest]])
  })

  test('looking again at a tag that did not move costs no pull', async () => {
    pushReferrersTag([])
    await proxy.get(pathOf())
    upstream.log.clear()
    proxy.clock.advance(MINUTE)
    expect(outcomeOf(await proxy.get(pathOf()))).toBe('revalidated')
    expect(upstream.count({ method: 'GET', path: /\/manifests\// })).toBe(0)
  })

  test('without the tag, and with one that is no index, there is an empty index', async () => {
    expect(await digestsOf(await proxy.get(pathOf()))).toEqual([])
    upstream.moveTag('library/app', image.root.digest.replace(':', '-'), image.root.digest)
    proxy.clock.advance(MINUTE)
    expect(await digestsOf(await proxy.get(pathOf()))).toEqual([])
  })

  test('in trouble nothing is made up', async () => {
    upstream.fault({ match: { path: /\/manifests\// }, do: { kind: 'status', status: 503 } })
    expect(await errorCodeOf(await proxy.get(pathOf()))).toBe('UPSTREAM_UNAVAILABLE')
  })

  test('a signature as cosign keeps it is a tag, and pulls through like one', async () => {
    const signature = sign(upstream, 'library/app', image.root)
    const tag = `${image.root.digest.replace(':', '-')}.sig`
    const manifest = await proxy.get(`/v2/library/app/manifests/${tag}`)
    expect(manifest.headers.get('docker-content-digest')).toBe(signature.manifest.digest)
    const { layers } = (await manifest.json()) as { layers: { annotations: object }[] }
    expect(layers[0]?.annotations).toEqual({ 'dev.cosignproject.cosign/signature': 'MEUCIQ==' })
    const payload = await proxy.get(`/v2/library/app/blobs/${signature.blob}`)
    expect(await payload.text()).toContain(image.root.digest)
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { errorCodeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws'

let upstream: ScriptedUpstream
let proxy: RunningProxy

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

function add(name: string, document: unknown, mediaType: string): string {
  const bytes = Buffer.isBuffer(document) ? document : Buffer.from(JSON.stringify(document))
  upstream.addManifest(`library/${name}`, bytes, mediaType, ['1'])
  return `/v2/library/${name}/manifests/1`
}

function indexOf(...children: Digest[]): object {
  const manifests = children.map((digest) => ({ mediaType: INDEX, digest, size: 100 }))
  return { schemaVersion: 2, mediaType: INDEX, manifests }
}

describe('what an upstream sends is refused, with words, when it', () => {
  test.each([
    {
      name: 'is schema 1',
      document: { schemaVersion: 1, fsLayers: [] },
      type: SCHEMA_1,
      status: 404,
      code: 'MANIFEST_UNKNOWN',
    },
    {
      name: 'is not JSON',
      document: Buffer.from('{"schemaVersion": 2'),
      type: MANIFEST,
      status: 502,
      code: 'UPSTREAM_INVALID',
    },
    {
      name: 'has no layers',
      document: { schemaVersion: 2 },
      type: MANIFEST,
      status: 502,
      code: 'UPSTREAM_INVALID',
    },
    {
      name: 'can be read as two kinds',
      document: { schemaVersion: 2, manifests: [], layers: [] },
      type: INDEX,
      status: 502,
      code: 'UPSTREAM_INVALID',
    },
    {
      name: 'is larger than 4 MiB',
      document: { schemaVersion: 2, manifests: [], annotations: { padding: 'x'.repeat(4 * 1024 * 1024) } },
      type: INDEX,
      status: 502,
      code: 'UPSTREAM_INVALID',
    },
  ])('$name', async ({ name, document, type, status, code }) => {
    const reply = await proxy.get(add(name.replaceAll(' ', '-').toLowerCase(), document, type))
    expect(reply.status).toBe(status)
    expect(await errorCodeOf(reply)).toBe(code)
  })
})

describe('(d30) an index of indexes', () => {
  test('is served three deep, and refused below', async () => {
    const levels: { digest: Digest; bytes: Buffer }[] = []
    let document: object = { schemaVersion: 2, mediaType: INDEX, manifests: [] }
    for (let level = 0; level < 4; level += 1) {
      const bytes = Buffer.from(JSON.stringify(document))
      const digest = digestOf(bytes)
      upstream.addManifest('library/deep', bytes, INDEX, [`level${level}`])
      levels.unshift({ digest, bytes })
      document = indexOf(digest)
    }
    const statuses: number[] = []
    for (const { digest } of levels) {
      statuses.push((await proxy.get(`/v2/library/deep/manifests/${digest}`)).status)
    }
    expect(statuses).toEqual([200, 200, 200, 502])
  })
})

import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ServerClient } from '../../src/cli/server-client.ts'
import type { WarmEvent } from '../../src/server/schemas/control.ts'
import { makeGate, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { type Controlled, clientOf, startControlled } from '../support/start-controlled.ts'
import { outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const MIB = 1024 * 1024
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
]
const BLOBS = { method: 'GET', path: /\/blobs\// }
const MANIFESTS = { method: 'GET', path: /\/manifests\// }

let started: Controlled
let upstream: ScriptedUpstream
let proxy: RunningProxy
let client: ServerClient

beforeEach(async () => {
  started = await startControlled()
  ;({ upstream, proxy, client } = started)
})

afterEach(() => started[Symbol.asyncDispose]())

async function warm(
  images: string[],
  platforms: 'all' | string[] = ['linux/amd64'],
  signal = new AbortController().signal,
): Promise<WarmEvent[]> {
  const events: WarmEvent[] = []
  await client.warm({ images, platforms }, (event) => events.push(event), signal)
  return events
}

describe('an image that is warmed', () => {
  test('is served afterwards without the upstream, with only the wanted platform', async () => {
    const image = upstream.addImage('library/redis', { tags: ['7'], index: PLATFORMS })
    const [done, end] = await warm(['redis:7'], ['linux/arm64'])
    const sizes = [...image.layers.map(({ bytes }) => bytes.length)]
    expect(done).toMatchObject({
      type: 'done',
      image: 'redis:7',
      name: 'docker.io/library/redis:7',
      digest: image.root.digest,
      fetchedManifests: 2,
      presentManifests: 0,
      fetchedBlobs: 3,
      presentBlobs: 0,
      warning: null,
    })
    expect(end).toEqual({ type: 'end', done: 1, failed: 0 })
    expect((done as { totalBytes: number }).totalBytes).toBeGreaterThan(sizes.reduce((a, b) => a + b))
    expect(upstream.count(BLOBS)).toBe(3)
    expect(upstream.count(MANIFESTS)).toBe(2)
    expect(upstream.count({ path: new RegExp(image.manifests[0]?.digest ?? '') })).toBe(0)

    await upstream.stop()
    expect(outcomeOf(await proxy.get('/v2/library/redis/manifests/7'))).toBe('hit')
    expect(outcomeOf(await proxy.get(`/v2/library/redis/manifests/${image.manifests[1]?.digest}`))).toBe(
      'hit',
    )
    for (const { digest } of image.layers) {
      expect(outcomeOf(await proxy.get(`/v2/library/redis/blobs/${digest}`))).toBe('hit')
    }
  })

  test('is not fetched again by a second warm', async () => {
    upstream.addImage('library/redis', { tags: ['7'], index: PLATFORMS })
    await warm(['redis:7'])
    const asked = upstream.requests.length
    const [done] = await warm(['redis:7'])
    expect(done).toMatchObject({ fetchedManifests: 0, fetchedBlobs: 0, fetchedBytes: 0, presentBlobs: 3 })
    expect(upstream.requests).toHaveLength(asked)
  })

  test('with another platform fetches only what that has of its own', async () => {
    upstream.addImage('library/redis', { tags: ['7'], index: PLATFORMS })
    await warm(['redis:7'])
    const [done] = await warm(['redis:7'], 'all')
    expect(done).toMatchObject({ fetchedManifests: 1, presentManifests: 2, fetchedBlobs: 1, presentBlobs: 3 })
  })

  test('by digest, and one that is no index, is taken whatever its platform', async () => {
    const image = upstream.addImage('library/redis', { tags: ['7'] })
    const [done] = await warm([`redis@${image.manifest.digest}`], ['linux/s390x'])
    expect(done).toMatchObject({ type: 'done', name: `docker.io/library/redis@${image.manifest.digest}` })
  })

  test('joins a download that a client has begun', async () => {
    const image = upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(2 * MIB)] })
    const gate = makeGate()
    const fault = { kind: 'hold', until: gate.promise, afterBytes: MIB } as const
    upstream.fault({ match: { path: new RegExp(image.layers[0]?.digest ?? '') }, do: fault })
    const pull = proxy.get(`/v2/library/app/blobs/${image.layers[0]?.digest}`)
    await upstream.waitFor(BLOBS)
    const warming = warm(['app:1'])
    await upstream.waitFor(MANIFESTS)
    gate.open()
    expect((await warming)[0]).toMatchObject({ type: 'done' })
    expect((await (await pull).arrayBuffer()).byteLength).toBe(2 * MIB)
    expect(upstream.count(BLOBS)).toBe(2)
  })
})

describe('what cannot be had', () => {
  test('fails by itself, and the others are warmed', async () => {
    upstream.addImage('library/redis', { tags: ['7'] })
    const events = await warm(['redis:77', 'gone.example/x', 'NOT A NAME', 'redis:7'])
    expect(events).toMatchObject([
      { type: 'failed', image: 'redis:77', code: 'MANIFEST_UNKNOWN' },
      { type: 'failed', image: 'gone.example/x', code: 'NAME_UNKNOWN' },
      { type: 'failed', image: 'NOT A NAME', code: 'NAME_INVALID' },
      { type: 'done', image: 'redis:7' },
      { type: 'end', done: 1, failed: 3 },
    ])
  })

  test('a platform that is not in the index is told, and the others are there', async () => {
    upstream.addImage('library/redis', { tags: ['7'], index: PLATFORMS })
    const [failed] = await warm(['redis:7'], ['linux/amd64', 'linux/s390x'])
    expect(failed).toMatchObject({ type: 'failed', message: expect.stringContaining('linux/s390x') })
    const [done] = await warm(['redis:7'])
    expect(done).toMatchObject({ type: 'done', fetchedBlobs: 0 })
  })

  test('a tag that the upstream cannot confirm is what it was, with a warning', async () => {
    upstream.addImage('library/redis', { tags: ['7'] })
    await warm(['redis:7'])
    await upstream.stop()
    proxy.clock.advance(61_000)
    const [done] = await warm(['redis:7'])
    expect(done).toMatchObject({ type: 'done', warning: expect.any(String), fetchedBlobs: 0 })
  })
})

describe('warming that is stopped', () => {
  test('by its client lets the download go on', async () => {
    const image = upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(2 * MIB)] })
    const layer = image.layers[0]?.digest ?? ''
    const gate = makeGate()
    const fault = { kind: 'hold', until: gate.promise, afterBytes: MIB } as const
    upstream.fault({ match: { path: new RegExp(layer) }, do: fault })
    const stop = new AbortController()
    const warming = warm(['app:1'], ['linux/amd64'], stop.signal)
    await upstream.waitFor({ path: new RegExp(layer) })
    stop.abort(new Error('enough'))
    await expect(warming).rejects.toThrow('enough')
    gate.open()
    await proxy.blobCommitted(image.layers[0]?.digest ?? image.config.digest)
  })

  test('by the end of the server is told why', async () => {
    const image = upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(2 * MIB)] })
    const layer = new RegExp(image.layers[0]?.digest ?? '')
    upstream.fault({ match: { path: layer }, do: { kind: 'stall', afterBytes: MIB } })
    const warming = warm(['app:1'])
    const ended = expect(warming).rejects.toMatchObject({ code: 'failed', message: 'the server is stopping' })
    await upstream.waitFor({ path: layer })
    await proxy.stop()
    await ended
  })
})

test('what only an account may have is proved for that account, what everybody may have for everybody', async () => {
  const credential = { username: 'acme', password: 's3cret-of-acme' }
  await using closed = await startScriptedUpstream({
    auth: { kind: 'basic', users: { acme: 's3cret-of-acme' } },
  })
  const at = closed.url
  await using own = await startProxy({
    upstreams: { 'docker.io': { at, credential, privateFor: ['team'] } },
    groups: { team: { anonymousNetworks: undefined } },
  })
  closed.addImage('acme/app', { tags: ['1'] })
  const ownClient = clientOf(own)
  const events: WarmEvent[] = []
  const order = { images: ['acme/app:1'], platforms: ['linux/amd64'] }
  await ownClient.warm(order, (event) => events.push(event), new AbortController().signal)
  await ownClient.close()
  expect(events[0]).toMatchObject({ type: 'done', fetchedBlobs: 3 })
  await closed.stop()
  const path = 'dependency_proxy/containers/acme/app/manifests/1'
  expect(outcomeOf(await own.get(`/v2/team/${path}`))).toBe('hit')
  expect((await own.get(`/v2/default/${path}`)).status).not.toBe(200)
})

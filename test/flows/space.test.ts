import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import { openBlob } from '../support/blob-client.ts'
import { inspectStorage } from '../support/inspect-storage.ts'
import {
  makeGate,
  type ScriptedImage,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { outcomeOf, type ProxyOptions, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const REPOSITORY = 'library/app'
const MIB = 1024 * 1024
const HOUR_MS = 60 * 60 * 1000
const BLOB_REQUESTS = { path: /\/blobs\// }

let upstream: ScriptedUpstream
let proxy: RunningProxy

async function open(storage: ProxyOptions['storage']): Promise<void> {
  upstream = await startScriptedUpstream()
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url }, storage: storage ?? {} })
}

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

function addImage(tag: string, ...layers: Buffer[]): ScriptedImage {
  return upstream.addImage(REPOSITORY, { tags: [tag], layers })
}

/** As a client pulls: the tag, then everything it leads to. Every byte is compared. */
async function pull(tag: string, image: ScriptedImage): Promise<void> {
  proxy.clock.advance(1_000)
  const manifest = await proxy.get(`/v2/${REPOSITORY}/manifests/${tag}`)
  expect(manifest.status).toBe(200)
  expect(digestOf(Buffer.from(await manifest.arrayBuffer()))).toBe(image.root.digest)
  for (const { digest } of [image.config, ...image.layers]) {
    const blob = await proxy.get(`/v2/${REPOSITORY}/blobs/${digest}`)
    expect(digestOf(Buffer.from(await blob.arrayBuffer()))).toBe(digest)
    if (outcomeOf(blob) === 'miss') await proxy.blobCommitted(digest)
  }
}

/** A commit that was killed before its row. */
async function leaveFile(root: string, bytes: Buffer): Promise<void> {
  const layout = new StorageLayout(root)
  const digest = digestOf(bytes)
  await mkdir(layout.blobFolder(digest), { recursive: true })
  await writeFile(layout.blob(digest), bytes)
}

async function outcomes(tag: string, image: ScriptedImage): Promise<(string | undefined)[]> {
  const replies = [await proxy.get(`/v2/${REPOSITORY}/manifests/${tag}`)]
  for (const layer of image.layers) replies.push(await proxy.get(`/v2/${REPOSITORY}/blobs/${layer.digest}`))
  for (const reply of replies) await reply.arrayBuffer()
  return replies.map(outcomeOf)
}

/** When the hourly look has gone to sleep for it. */
async function passHour(): Promise<void> {
  await expect.poll(() => proxy.hasLookedThisHour, { interval: 1 }).toBe(true)
  proxy.clock.advance(HOUR_MS)
}

async function names(): Promise<string[]> {
  return (await proxy.admin.list({ limit: 100 })).map(({ name }) => name.replace('docker.io/library/app', ''))
}

describe('a budget', () => {
  test('is kept: the least recently pulled images go', async () => {
    await open({ maxBytes: 4 * MIB })
    const images = new Map<string, ScriptedImage>()
    for (const tag of ['a', 'b', 'c', 'd', 'e', 'f']) {
      images.set(tag, addImage(tag, randomBytes(MIB)))
      await pull(tag, images.get(tag) as ScriptedImage)
      if (tag === 'c') await pull('a', images.get('a') as ScriptedImage)
      const { usedBytes, reservedBytes } = await proxy.admin.usage()
      expect(usedBytes + reservedBytes).toBeLessThanOrEqual(4 * MIB)
    }
    const kept = await names()
    expect(kept).toContain(':f')
    expect(kept).not.toContain(':b')
    expect(kept).not.toContain(':c')
    // What was evicted is fetched again as if it had never been here.
    expect(await outcomes('b', images.get('b') as ScriptedImage)).toEqual(['miss', 'miss'])
  })

  test('(d11) a shared layer stays while an image that is kept needs it', async () => {
    await open({ maxBytes: 4 * MIB })
    const base = randomBytes(MIB)
    const old = addImage('old', base, randomBytes(1.5 * MIB))
    const young = addImage('young', base)
    await pull('old', old)
    await pull('young', young)
    await pull('new', addImage('new', randomBytes(1.5 * MIB)))
    expect(await names()).toEqual([':new', ':young'])
    await upstream.stop()
    expect(await outcomes('young', young)).toEqual(['hit', 'hit'])
  })

  test('what is pinned stays, and when all of it is, clients get theirs uncached', async () => {
    await open({ maxBytes: 2 * MIB })
    const pinned = addImage('pinned', randomBytes(1.8 * MIB))
    await pull('pinned', pinned)
    expect(await proxy.admin.pin('docker.io/library/app:pinned')).toBe(true)
    const other = addImage('other', randomBytes(MIB))
    expect((await outcomes('other', other))[1]).toBe('skip')
    expect(await outcomes('pinned', pinned)).toEqual(['hit', 'hit'])
    expect(await proxy.admin.unpin('docker.io/library/app:pinned')).toBe(true)
    proxy.clock.advance(1_000)
    await pull('other', other)
    expect(await names()).toEqual([':other'])
  })

  test('a blob larger than the budget is passed through, and evicts nothing', async () => {
    await open({ maxBytes: 2 * MIB })
    await pull('small', addImage('small', randomBytes(MIB)))
    expect(await outcomes('large', addImage('large', randomBytes(3 * MIB)))).toEqual(['miss', 'skip'])
    expect(await names()).toEqual([':large', ':small'])
  })

  test('(d10) what is read stays until nobody reads it', async () => {
    await open({ maxBytes: 40 * MIB })
    const read = addImage('read', randomBytes(32 * MIB))
    await pull('read', read)
    const [layer] = read.layers
    const reader = await openBlob(`${proxy.url}/v2/${REPOSITORY}/blobs/${layer?.digest}`)
    reader.pause()
    expect((await outcomes('other', addImage('other', randomBytes(10 * MIB))))[1]).toBe('skip')
    reader.resume()
    expect(digestOf(await reader.whole())).toBe(layer?.digest)
    proxy.clock.advance(1_000)
    await pull('third', addImage('third', randomBytes(10 * MIB)))
    expect(await names()).not.toContain(':read')
  })

  test('(d10) (d27) an image that is removed while it is read is read to the end', async () => {
    await open({ maxBytes: 100 * MIB })
    const image = addImage('read', randomBytes(32 * MIB))
    await pull('read', image)
    const path = `/v2/${REPOSITORY}/blobs/${image.layers[0]?.digest}`
    const reader = await openBlob(`${proxy.url}${path}`)
    reader.pause()
    expect(await proxy.admin.remove('docker.io/library/app:read')).toBeDefined()
    reader.resume()
    expect(digestOf(await reader.whole())).toBe(image.layers[0]?.digest)
    expect(await names()).toEqual([])
  })

  test('is kept by a download whose size nobody told', async () => {
    await open({ maxBytes: 2 * MIB })
    const blob = upstream.addBlob(REPOSITORY, randomBytes(3 * MIB))
    upstream.fault({ match: BLOB_REQUESTS, do: { kind: 'content-length', value: 'none' } })
    const reply = await proxy.get(`/v2/${REPOSITORY}/blobs/${blob.digest}`)
    expect(digestOf(Buffer.from(await reply.arrayBuffer()))).toBe(blob.digest)
    expect((await proxy.admin.usage()).usedBytes).toBe(0)
  })

  test('counts what is promised to downloads that are running', async () => {
    await open({ maxBytes: 4 * MIB })
    const image = addImage('slow', randomBytes(3 * MIB))
    await (await proxy.get(`/v2/${REPOSITORY}/manifests/slow`)).arrayBuffer()
    const gate = makeGate()
    upstream.fault({
      match: BLOB_REQUESTS,
      times: 1,
      do: { kind: 'hold', until: gate.promise, afterBytes: MIB },
    })
    const slow = await openBlob(`${proxy.url}/v2/${REPOSITORY}/blobs/${image.layers[0]?.digest}`)
    expect((await proxy.admin.usage()).reservedBytes).toBe(3 * MIB)
    expect((await outcomes('other', addImage('other', randomBytes(2 * MIB))))[1]).toBe('skip')
    gate.open()
    expect(digestOf(await slow.whole())).toBe(image.layers[0]?.digest)
    await proxy.blobCommitted(digestOf(await slow.whole()))
    expect((await proxy.admin.usage()).reservedBytes).toBe(0)
  })
})

describe('the budget itself', () => {
  test('is decided at the first start, said in the log, and kept', async () => {
    await open({})
    const first = (await proxy.admin.usage()).maxBytes
    expect(proxy.log.of('space.budget')[0]?.fields).toMatchObject({ maxBytes: first })
    await pull('a', addImage('a', randomBytes(MIB)))
    await proxy.restart()
    expect((await proxy.admin.usage()).maxBytes).toBe(first)
  })
})

describe('after a crash', () => {
  test('(d8) what it kept from the catalog counts again, and the budget is kept at once', async () => {
    await open({ maxBytes: 2 * MIB })
    await pull('kept', addImage('kept', randomBytes(MIB)))
    await proxy.stop()
    const lost = Array.from({ length: 3 }, () => randomBytes(MIB))
    for (const bytes of lost) await leaveFile(proxy.storagePath, bytes)
    await proxy.start()
    await expect.poll(() => proxy.log.of('space.evicted').length).toBeGreaterThan(0)
    await expect.poll(async () => (await proxy.admin.usage()).usedBytes).toBeLessThanOrEqual(2 * MIB)
    await proxy.stop()
    await inspectStorage(proxy.storagePath)
  })
})

describe('images that nobody pulls', () => {
  test('are collected after maxAge, every hour', async () => {
    await open({ maxAgeMs: 3.5 * HOUR_MS })
    await pull('old', addImage('old', randomBytes(1_000)))
    const young = addImage('young', randomBytes(1_000))
    await passHour()
    await passHour()
    await pull('young', young)
    expect(await proxy.admin.gc({ dryRun: true })).toEqual({ images: 0, blobs: 0, bytes: 0 })
    await passHour()
    expect(await names()).toEqual([':old', ':young'])
    await passHour()
    await expect.poll(() => names(), { timeout: 5_000 }).toEqual([':young'])
  })
})

describe('what is known of an image', () => {
  test('its content, its pulls, and what its tag pointed to', async () => {
    await open({})
    const first = addImage('latest', randomBytes(1_000), randomBytes(500))
    await pull('latest', first)
    const second = addImage('latest', randomBytes(2_000))
    proxy.clock.advance(HOUR_MS)
    await pull('latest', second)
    const details = await proxy.admin.show('docker.io/library/app:latest')
    expect(details).toMatchObject({ digest: second.root.digest, pinned: false, pulls: 2 })
    expect(details?.history.map(({ digest }) => digest)).toEqual([second.root.digest, first.root.digest])
    expect(details?.blobs.map(({ present }) => present)).toEqual([true, true])
    expect(details?.bytes).toBe(details?.uniqueBytes)
    expect(await names()).toEqual([':latest', `@${first.root.digest}`])
    const freed = await proxy.admin.remove('docker.io/library/app:latest')
    expect(freed?.freedBytes).toBe(details?.bytes)
    expect(await proxy.admin.show('docker.io/library/app:latest')).toBeUndefined()
    expect(await outcomes('latest', second)).toEqual(['miss', 'miss'])
  })

  test('pulls survive a restart', async () => {
    await open({})
    const image = addImage('latest', randomBytes(1_000))
    await pull('latest', image)
    await pull('latest', image)
    await proxy.restart()
    expect(await proxy.admin.list({ limit: 10 })).toMatchObject([
      { name: 'docker.io/library/app:latest', pulls: 2, lastPulledAt: proxy.clock.now() },
    ])
  })
})

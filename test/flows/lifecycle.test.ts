import { execFile } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import { openBlob } from '../support/blob-client.ts'
import { buildDist } from '../support/real/build-dist.ts'
import { startEntrepot } from '../support/real/entrepot-process.ts'
import { makeGate, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { outcomeOf, startProxy } from '../support/start-proxy.ts'

const MIB = 1024 * 1024

describe('SIGTERM', () => {
  test('(d32) lets readers finish, keeps what was downloaded, and ends with 0', async () => {
    await using upstream = await startScriptedUpstream()
    await using entrepot = await startEntrepot({ upstreams: { 'docker.io': upstream.url } })
    const blob = upstream.addBlob('library/app', randomBytes(8 * MIB))
    const gate = makeGate()
    upstream.fault({
      match: { path: /blobs/ },
      do: { kind: 'hold', until: gate.promise, afterBytes: 2 * MIB },
    })
    const reader = await openBlob(`${entrepot.url}/v2/library/app/blobs/${blob.digest}`)
    await reader.received(MIB)

    const stopped = entrepot.stop()
    await expect.poll(() => isRefused(entrepot.url)).toBe(true)
    gate.open()
    expect(digestOf(await reader.whole())).toBe(blob.digest)
    expect(await stopped).toMatchObject({ code: 0 })
  }, 30_000)
})

describe('a second server on one storage', () => {
  test('exits with 2 and names the first, which goes on', async () => {
    await using upstream = await startScriptedUpstream()
    await using first = await startEntrepot({ upstreams: { 'docker.io': upstream.url } })
    const args = [await buildDist(), 'serve', '--listen', '127.0.0.1:0', '--storage', first.storage]
    const second = await promisify(execFile)(process.execPath, args).catch((error: unknown) => error)
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining(first.url) })
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
  }, 30_000)
})

describe('a server that is started again', () => {
  test('serves its tags and blobs without the upstream', async () => {
    await using upstream = await startScriptedUpstream()
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    const { layers } = upstream.addImage('library/app', { tags: ['1'] })
    const path = `/v2/library/app/blobs/${layers[0]?.digest}`
    await proxy.get('/v2/library/app/manifests/1')
    await (await proxy.get(path)).arrayBuffer()
    await upstream.stop()
    await proxy.restart()
    expect(outcomeOf(await proxy.get('/v2/library/app/manifests/1'))).toBe('hit')
    expect(outcomeOf(await proxy.get(path))).toBe('hit')
  })
})

describe('(d8) kill -9 at any moment', () => {
  test('loses nothing committed, shows nothing half, and leaves disk and catalog in agreement', async () => {
    await using upstream = await startScriptedUpstream()
    await using entrepot = await startEntrepot({ upstreams: { 'docker.io': upstream.url } })
    const image = upstream.addImage('library/app', {
      tags: ['1'],
      layers: Array.from({ length: 12 }, (_, index) => randomBytes(index * 300_000 + 1000)),
    })
    const expected = [image.config, ...image.layers]
    const layout = new StorageLayout(entrepot.storage)
    upstream.fault({ match: { path: /blobs/ }, do: { kind: 'throttle', bytesPerSecond: 8 * MIB } })

    for (let round = 0; round < 8; round += 1) {
      const pulls = Promise.all(expected.map((blob) => verifyBlob(entrepot.url, blob.digest)))
      pulls.catch(() => {})
      await delay(randomInt(20, 400))
      await entrepot.kill('SIGKILL')
      // Each reply was whole and right, or was cut off: nothing in between.
      await pulls
      const committed = readBlobRows(layout)
      await entrepot.start()
      expect(readBlobRows(layout)).toEqual(expect.arrayContaining(committed))
    }
    for (const blob of expected) expect(await verifyBlob(entrepot.url, blob.digest)).toBe('whole')
    // Readers are released when the bytes are verified; the commit follows.
    await expect.poll(() => readBlobRows(layout), { timeout: 5_000 }).toHaveLength(expected.length)
    const downloads = countDownloads(upstream)
    await entrepot.kill('SIGKILL')
    await entrepot.start()
    for (const blob of expected) expect(await verifyBlob(entrepot.url, blob.digest)).toBe('whole')
    expect(countDownloads(upstream)).toBe(downloads)
  }, 60_000)
})

async function verifyBlob(url: string, digest: Digest): Promise<'whole' | 'cut off'> {
  try {
    const reply = await fetch(`${url}/v2/library/app/blobs/${digest}`)
    expect(reply.status).toBe(200)
    const bytes = Buffer.from(await reply.arrayBuffer())
    expect(digestOf(bytes)).toBe(digest)
    return 'whole'
  } catch (error) {
    // fetch reports a refused connection or a broken reply as TypeError; a failed expectation goes on.
    if (error instanceof TypeError) return 'cut off'
    throw error
  }
}

function readBlobRows(layout: StorageLayout): unknown[] {
  const catalog = new Database(layout.catalog, { readonly: true })
  try {
    return catalog.prepare('SELECT digest, size_bytes FROM blob').all()
  } finally {
    catalog.close()
  }
}

function countDownloads(upstream: ScriptedUpstream): number {
  return upstream.count({ method: 'GET', path: /blobs/ })
}

async function isRefused(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    () => false,
    () => true,
  )
}

import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MIGRATIONS } from '../../src/store/sqlite/migrations.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import { StorageLock } from '../../src/store/storage-lock.ts'
import {
  type ScriptedImage,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { outcomeOf, RunningProxy } from '../support/start-proxy.ts'

const MIB = 1024 * 1024
const DISK_BYTES = 16 * MIB
const APP = '/v2/library/app'

const disk = await mountSmallDisk(DISK_BYTES)
await disk?.[Symbol.asyncDispose]()

describe.skipIf(disk === undefined)('(d9) a start on a disk that is full', () => {
  let small: SmallDisk
  let upstream: ScriptedUpstream
  let image: ScriptedImage
  let proxy: RunningProxy

  beforeEach(async () => {
    const mounted = await mountSmallDisk(DISK_BYTES)
    if (mounted === undefined) throw new Error('it could be mounted a moment ago')
    small = mounted
    upstream = await startScriptedUpstream()
    image = upstream.addImage('library/app', { layers: [randomBytes(MIB)] })
    proxy = new RunningProxy({ upstreams: { 'docker.io': upstream.url } }, small)
  })

  afterEach(async () => {
    await proxy[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  /** Every byte is compared. */
  async function pull(
    { root, config, layers }: ScriptedImage,
    tag = 'latest',
  ): Promise<(string | undefined)[]> {
    const parts = [
      { path: `${APP}/manifests/${tag}`, bytes: root.bytes },
      ...[config, ...layers].map(({ digest, bytes }) => ({ path: `${APP}/blobs/${digest}`, bytes })),
    ]
    const outcomes: (string | undefined)[] = []
    for (const { path, bytes } of parts) {
      const reply = await proxy.get(path)
      expect(Buffer.from(await reply.arrayBuffer()).equals(bytes)).toBe(true)
      outcomes.push(outcomeOf(reply))
    }
    return outcomes
  }

  async function keepImage(): Promise<void> {
    await proxy.start()
    await pull(image)
    for (const { digest } of [image.config, ...image.layers]) await proxy.blobCommitted(digest)
    await proxy.stop()
  }

  test('serves what it has, passes on the rest, and keeps again when there is room', async () => {
    await keepImage()
    await small.fill(0)
    await proxy.start()
    expect(await pull(image)).toEqual(['hit', 'hit', 'hit'])
    const other = upstream.addImage('library/app', { tags: ['other'], layers: [randomBytes(MIB)] })
    expect((await pull(other, 'other'))[0]).toBe('skip')
    expect((await proxy.get('/readyz')).status).toBe(503)

    await small.free()
    proxy.clock.advance(61_000)
    await pull(other, 'other')
    await expect.poll(() => proxy.log.of('storage.recovered').length).toBe(1)
    proxy.clock.advance(61_000)
    await pull(other, 'other')
    await proxy.restart()
    await upstream.stop()
    for (const [kept, tag] of [
      [image, 'latest'],
      [other, 'other'],
    ] as const)
      await pull(kept, tag)
  })

  test('is still the only one that owns its storage, and names nobody else', async () => {
    await keepImage()
    await writeFile(join(small.path, 'server.json'), '{"pid":1,"url":"http://an-earlier-one"}')
    await small.fill(0)
    await proxy.start()
    const second = StorageLock.acquire(new StorageLayout(small.path))
    await expect(second).rejects.toMatchObject({ code: 'storage-in-use', url: undefined })
  })

  test('the first start, without anything: passes everything on, and does not take that for its budget', async () => {
    await small.fill(0)
    await proxy.start()
    expect(proxy.log.of('catalog.unopened')).toHaveLength(1)
    for (const outcome of (await pull(image)).slice(0, 2)) expect(outcome).toBe('skip')
    expect((await proxy.get('/readyz')).status).toBe(503)
    await small.free()
    await proxy.restart()
    expect(await pull(image)).toEqual(['miss', 'miss', 'miss'])
    expect(proxy.log.of('space.budget').at(-1)?.fields.maxBytes).toBeGreaterThan(8 * MIB)
  })

  test('a catalog of an earlier version, which has no room to become a current one, is left as it is', async () => {
    const [first = ''] = MIGRATIONS
    const path = join(small.path, 'catalog.db')
    const earlier = new Database(path)
    earlier.exec(first)
    earlier.pragma('user_version = 1')
    earlier.close()
    await small.fill(0)
    await proxy.start()
    expect(proxy.log.of('catalog.unopened')).toHaveLength(1)
    expect((await pull(image)).slice(0, 2)).toEqual(['skip', 'skip'])
    await proxy.stop()
    const after = new Database(path, { readonly: true })
    expect(after.pragma('user_version', { simple: true })).toBe(1)
    after.close()
    await small.free()
    await proxy.start()
    expect(await pull(image)).toEqual(['miss', 'miss', 'miss'])
  })
})

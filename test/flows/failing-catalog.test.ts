import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { mountSmallDisk } from '../support/small-disk.ts'
import { outcomeOf, RunningProxy, startProxy } from '../support/start-proxy.ts'

const REPOSITORY = 'library/app'
const MIB = 1024 * 1024
const MANIFEST_REQUESTS = { path: /\/manifests\// }
const TABLES = ['manifest', 'blob', 'tag', 'proof']

const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)

let upstream: ScriptedUpstream

beforeEach(async () => {
  rejections.length = 0
  process.on('unhandledRejection', onRejection)
  upstream = await startScriptedUpstream()
})

afterEach(async () => {
  await upstream[Symbol.asyncDispose]()
  process.off('unhandledRejection', onRejection)
  expect(rejections).toEqual([])
})

/** Pulls as a client does, and compares every byte. */
async function pull(proxy: RunningProxy, tag: string): Promise<(string | undefined)[]> {
  const image = upstream.addImage(REPOSITORY, { tags: [tag], layers: [randomBytes(MIB), randomBytes(1000)] })
  const manifest = await proxy.get(`/v2/${REPOSITORY}/manifests/${tag}`)
  expect(Buffer.from(await manifest.arrayBuffer()).equals(image.root.bytes)).toBe(true)
  const outcomes = [outcomeOf(manifest)]
  for (const blob of [image.config, ...image.layers]) {
    const reply = await proxy.get(`/v2/${REPOSITORY}/blobs/${blob.digest}`)
    expect(digestOf(Buffer.from(await reply.arrayBuffer()))).toBe(blob.digest)
    outcomes.push(outcomeOf(reply))
  }
  return outcomes
}

/** What comes first after the trouble finds out that it is over. */
async function recover(proxy: RunningProxy): Promise<void> {
  proxy.clock.advance(61_000)
  await pull(proxy, 'first')
  await expect.poll(() => proxy.log.of('storage.recovered').length).toBe(1)
}

describe('(d9) a catalog that fails to write', () => {
  let proxy: RunningProxy

  beforeEach(async () => {
    proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  })

  afterEach(() => proxy[Symbol.asyncDispose]())

  function inCatalog(sql: (table: string, act: string) => string): void {
    const database = new Database(join(proxy.storagePath, 'catalog.db'))
    for (const table of TABLES) for (const act of ['INSERT', 'UPDATE']) database.exec(sql(table, act))
    database.close()
  }

  function breakCatalog(): void {
    inCatalog(
      (table, act) =>
        `CREATE TRIGGER broken_${table}_${act} BEFORE ${act} ON ${table} BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    )
  }

  function mendCatalog(): void {
    inCatalog((table, act) => `DROP TRIGGER broken_${table}_${act}`)
  }

  test('lets clients pull what is new, says skip, and stores nothing', async () => {
    breakCatalog()
    const [manifest, ...blobs] = await pull(proxy, '1')
    expect(manifest).toBe('skip')
    expect(blobs.slice(1)).not.toContain('hit')
    expect(proxy.log.of('storage.failing')).toHaveLength(1)
    expect(proxy.log.of('blob.committed')).toEqual([])
    expect((await proxy.get('/healthz')).status).toBe(200)
  })

  test('answers from memory for a minute, so that the upstream is not asked each time', async () => {
    breakCatalog()
    await pull(proxy, '1')
    const asked = upstream.count(MANIFEST_REQUESTS)
    for (let i = 0; i < 5; i += 1) {
      expect((await proxy.get(`/v2/${REPOSITORY}/manifests/1`)).status).toBe(200)
    }
    expect(upstream.count(MANIFEST_REQUESTS)).toBe(asked)
  })

  test('goes on serving what it has, and keeps again when it can', async () => {
    await pull(proxy, 'before')
    breakCatalog()
    await pull(proxy, 'during')
    expect(outcomeOf(await proxy.get(`/v2/${REPOSITORY}/manifests/before`))).toBe('hit')
    mendCatalog()
    await recover(proxy)
    expect(await pull(proxy, 'after')).toEqual(['miss', 'miss', 'miss', 'miss'])
    expect((await proxy.get(`/v2/${REPOSITORY}/manifests/during`)).status).toBe(200)
    await proxy.restart()
    await upstream.stop()
    for (const tag of ['before', 'during', 'after']) {
      expect((await proxy.get(`/v2/${REPOSITORY}/manifests/${tag}`)).status).toBe(200)
    }
  })
})

const disk = await mountSmallDisk(MIB)
await disk?.[Symbol.asyncDispose]()

test.skipIf(disk === undefined)('(d9) a catalog on a full disk is survived; readyz says why', async () => {
  const small = await mountSmallDisk(16 * MIB)
  if (small === undefined) throw new Error('it could be mounted a moment ago')
  await using proxy = new RunningProxy({ upstreams: { 'docker.io': upstream.url } }, small)
  await proxy.start()
  await pull(proxy, 'before')
  await small.fill(0)
  for (let pulled = 0; pulled < 20; pulled += 1) await pull(proxy, `during-${pulled}`)
  const ready = await proxy.get('/readyz')
  expect(ready.status).toBe(503)
  expect(await ready.json()).toMatchObject({ reason: expect.stringContaining('is full') })
  expect(proxy.log.of('storage.full')).toHaveLength(1)
  await small.free()
  await recover(proxy)
  expect(await pull(proxy, 'after')).toEqual(['miss', 'miss', 'miss', 'miss'])
})

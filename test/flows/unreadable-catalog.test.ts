import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type ScriptedImage,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { errorCodeOf, outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const APP = '/v2/library/app'
const TABLES = ['manifest', 'manifest_reference', 'blob', 'tag', 'proof', 'figure']

let upstream: ScriptedUpstream
let proxy: RunningProxy

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

function rename(from: (table: string) => string, to: (table: string) => string, tables: string[]): void {
  const database = new Database(join(proxy.storagePath, 'catalog.db'))
  // Triggers and views go on naming what is gone.
  database.pragma('legacy_alter_table = ON')
  for (const table of tables) database.exec(`ALTER TABLE ${from(table)} RENAME TO ${to(table)}`)
  database.close()
}

function breakReads(tables = TABLES): void {
  rename(
    (table) => table,
    (table) => `gone_${table}`,
    tables,
  )
}

function mendReads(tables = TABLES): void {
  rename(
    (table) => `gone_${table}`,
    (table) => table,
    tables,
  )
}

/** Every byte is compared. */
async function pull(
  { root, config, layers }: ScriptedImage,
  tag = 'latest',
): Promise<(string | undefined)[]> {
  const outcomes: (string | undefined)[] = []
  const parts = [
    { path: `${APP}/manifests/${tag}`, bytes: root.bytes },
    ...[config, ...layers].map(({ digest, bytes }) => ({ path: `${APP}/blobs/${digest}`, bytes })),
  ]
  for (const { path, bytes } of parts) {
    const reply = await proxy.get(path)
    expect(reply.status).toBe(200)
    expect(Buffer.from(await reply.arrayBuffer()).equals(bytes)).toBe(true)
    outcomes.push(outcomeOf(reply))
  }
  return outcomes
}

/** What memory knew is forgotten, and the catalog is needed. */
async function keepAndForget(): Promise<ScriptedImage> {
  const image = upstream.addImage('library/app', { layers: [randomBytes(500_000), randomBytes(100)] })
  await pull(image)
  for (const { digest } of [image.config, ...image.layers]) await proxy.blobCommitted(digest)
  await proxy.restart()
  return image
}

describe('(d9) a catalog that fails to read', () => {
  test.each(TABLES)('without the table %s, clients pull what is here and what is new', async (table) => {
    const image = await keepAndForget()
    breakReads([table])
    await pull(image)
    const fresh = upstream.addImage('library/app', { tags: ['new'], layers: [randomBytes(500_000)] })
    await pull(fresh, 'new')
    expect(proxy.log.of('storage.failing')).toHaveLength(1)
    expect((await proxy.get('/healthz')).status).toBe(200)
  })

  test('everything is passed through and nothing kept; what was kept is served again afterwards', async () => {
    const image = await keepAndForget()
    breakReads()
    expect((await pull(image))[0]).toBe('skip')
    // What is small is remembered for a moment.
    expect((await pull(image)).slice(1)).toEqual(['hit', 'skip', 'hit'])
    mendReads()
    proxy.clock.advance(61_000)
    await pull(image)
    await upstream.stop()
    await proxy.restart()
    expect(await pull(image)).toEqual(['hit', 'hit', 'hit', 'hit'])
  })

  test('what then needs an upstream that is gone is its failure, told at once', async () => {
    const image = await keepAndForget()
    breakReads()
    await upstream.stop()
    const reply = await proxy.get(`${APP}/manifests/${image.root.digest}`)
    expect(reply.status).toBe(502)
    expect(await errorCodeOf(reply)).toBe('UPSTREAM_UNAVAILABLE')
  })

  test('lists are asked for anew, and known for a moment', async () => {
    upstream.addImage('library/app', { tags: ['a'] })
    await proxy.get(`${APP}/tags/list`)
    await proxy.restart()
    breakReads(['list'])
    for (const outcome of ['miss', 'hit']) {
      const reply = await proxy.get(`${APP}/tags/list`)
      expect(reply.status).toBe(200)
      expect(outcomeOf(reply)).toBe(outcome)
    }
    expect(proxy.log.of('storage.failing')).toHaveLength(1)
  })
})

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import {
  type ScriptedImage,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'

const REPOSITORY = 'library/app'
const KIB = 1024
const MAX_BYTES = 400 * KIB
const IMAGES = 6

type Step = { readonly do: 'pull' | 'remove'; readonly image: number } | { readonly do: 'restart' | 'gc' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('pull' as const), image: fc.nat(IMAGES - 1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), image: fc.nat(IMAGES - 1) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'gc' as const }) },
)

/** Each image has layers of its own and one that it shares with its neighbour. */
function addImages(upstream: ScriptedUpstream): ScriptedImage[] {
  return Array.from({ length: IMAGES }, (_, turn) => {
    const shared = Buffer.alloc(60 * KIB, `shared ${turn >> 1}`)
    const layers = [shared, Buffer.alloc((30 + turn * 20) * KIB, `own ${turn}`)]
    return upstream.addImage(REPOSITORY, { tags: [`t${turn}`], layers })
  })
}

async function pull(proxy: RunningProxy, turn: number, image: ScriptedImage): Promise<void> {
  const manifest = await proxy.get(`/v2/${REPOSITORY}/manifests/t${turn}`)
  expect(digestOf(Buffer.from(await manifest.arrayBuffer()))).toBe(image.root.digest)
  // At once, as clients do: downloads and evictions for them meet.
  await Promise.all(
    [image.config, ...image.layers].map(async ({ digest }) => {
      const blob = await proxy.get(`/v2/${REPOSITORY}/blobs/${digest}`)
      expect(digestOf(Buffer.from(await blob.arrayBuffer()))).toBe(digest)
    }),
  )
}

/** What must hold in a storage that nobody uses. */
async function inspect(path: string): Promise<void> {
  const layout = new StorageLayout(path)
  const database = new Database(join(path, 'catalog.db'), { readonly: true })
  const count = (sql: string) => database.prepare<[], number>(`SELECT count(*) FROM ${sql}`).pluck().get()
  try {
    expect(
      count(`manifest_reference WHERE manifest NOT IN (SELECT digest FROM manifest)
        AND manifest NOT IN (SELECT digest FROM unneeded WHERE kind = 'references')`),
    ).toBe(0)
    expect(
      count(`tag WHERE upstream || '/' || repository || ':' || tag NOT IN (SELECT name FROM image)`),
    ).toBe(0)
    expect(count(`tag_version WHERE name NOT IN (SELECT name FROM image)`)).toBe(0)
    expect(count(`unneeded WHERE kind = 'blob' AND digest NOT IN (SELECT digest FROM blob)`)).toBe(0)
    expect(count(`unneeded WHERE kind = 'manifest' AND digest NOT IN (SELECT digest FROM manifest)`)).toBe(0)
    expect(
      count(`blob WHERE digest NOT IN (SELECT digest FROM manifest_reference)
        AND digest NOT IN (SELECT digest FROM unneeded WHERE kind = 'blob')`),
    ).toBe(0)
    const sums = database
      .prepare<[], { figure: number; bytes: number }>(
        `SELECT (SELECT value FROM figure WHERE name = 'used_bytes') AS figure,
          (SELECT coalesce(sum(size_bytes), 0) FROM blob)
          + (SELECT coalesce(sum(length(bytes)), 0) FROM manifest) AS bytes`,
      )
      .get()
    expect(sums?.figure).toBe(sums?.bytes)
    for (const digest of database.prepare<[], Digest>('SELECT digest FROM blob').pluck().all()) {
      expect((await stat(layout.blob(digest))).isFile()).toBe(true)
    }
  } finally {
    database.close()
  }
}

test('whatever is pulled, removed and restarted: every byte is right, the budget is kept, nothing dangles', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), async (steps) => {
      await using upstream = await startScriptedUpstream()
      const images = addImages(upstream)
      await using proxy = await startProxy({
        upstreams: { 'docker.io': upstream.url },
        storage: { maxBytes: MAX_BYTES },
      })
      for (const next of steps) {
        proxy.clock.advance(1_000)
        if (next.do === 'pull') await pull(proxy, next.image, images[next.image] as ScriptedImage)
        else if (next.do === 'remove') await proxy.admin.remove(`docker.io/${REPOSITORY}:t${next.image}`)
        else if (next.do === 'gc') await proxy.admin.gc({ dryRun: false })
        else await proxy.restart()
        const { usedBytes } = await proxy.admin.usage()
        expect(usedBytes).toBeLessThanOrEqual(MAX_BYTES)
      }
      await proxy.stop()
      await inspect(proxy.storagePath)
    }),
    { numRuns: 12 },
  )
})

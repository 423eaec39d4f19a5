import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BlobShelf } from '../../src/cache/blob-shelf.ts'
import { Evictor } from '../../src/cache/evict.ts'
import { Leases } from '../../src/cache/leases.ts'
import { ManifestShelf } from '../../src/cache/manifest-shelf.ts'
import { Memory } from '../../src/cache/memory.ts'
import { Proofs } from '../../src/cache/proofs.ts'
import { Pulls } from '../../src/cache/pulls.ts'
import { StorageHealth } from '../../src/cache/storage-health.ts'
import { TagShelf } from '../../src/cache/tag-shelf.ts'
import { DiskBlobStore } from '../../src/store/disk-blob-store.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'

const IMAGES = 1_000
const BLOBS_PER_IMAGE = 5

/** Writes of a fraction of a millisecond each. */
const MAX_STEPS_PER_TURN = 40

let dir: TempDir
let layout: StorageLayout

beforeEach(async () => {
  dir = await makeTempDir()
  layout = new StorageLayout(dir.path)
  await layout.create()
})

afterEach(() => dir[Symbol.asyncDispose]())

/** As many images as a large cache has: own layers, and one base for every hundred. */
function fillCatalog(): void {
  const database = new Database(layout.catalog)
  database.exec(`
    BEGIN;
    CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${IMAGES - 1})
      SELECT i, 'sha256:' || printf('%064x', i) AS digest FROM n;
    CREATE TEMP TABLE layer AS SELECT i, b, 'sha256:' || CASE b WHEN 0 THEN 'aaaa' || printf('%060x', i / 100)
      ELSE printf('%04x', 48000 + b) || printf('%060x', i) END AS digest
      FROM n, (WITH RECURSIVE b (b) AS (SELECT 0 UNION ALL SELECT b + 1 FROM b WHERE b < ${BLOBS_PER_IMAGE - 1})
        SELECT b FROM b);
    INSERT INTO manifest (digest, media_type, bytes, stored_at)
      SELECT digest, 'application/vnd.oci.image.manifest.v1+json', randomblob(1500), 1 FROM n;
    INSERT INTO manifest_reference SELECT n.digest, layer.digest, 'layer', 1000 FROM n JOIN layer USING (i);
    INSERT INTO blob SELECT DISTINCT digest, 1000, 1 FROM layer;
    INSERT INTO proof SELECT 'public', 'docker.io', 'library/app', digest, 1 FROM n;
    INSERT INTO tag SELECT 'docker.io', 'library/app', 't' || i, digest, i, NULL FROM n;
    COMMIT`)
  database.close()
}

/** The most writes to the catalog between two turns of the event loop. */
function countSteps(catalog: SqliteCatalog): { stop(): number } {
  const collect = vi.spyOn(catalog.space, 'collect')
  const deleteImage = vi.spyOn(catalog.images, 'delete')
  let before = 0
  let longest = 0
  let running = true
  const turn = () => {
    const now = collect.mock.calls.length + deleteImage.mock.calls.length
    longest = Math.max(longest, now - before)
    before = now
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  return {
    stop: () => {
      running = false
      return longest
    },
  }
}

test('an eviction lets others have their turn after every few steps, and leaves nothing', {
  timeout: 60_000,
}, async () => {
  await new SqliteCatalog(layout.catalog).close()
  fillCatalog()
  const catalog = new SqliteCatalog(layout.catalog)
  const clock = new FakeClock()
  const log = new RecordLog()
  const health = new StorageHealth(clock, log)
  const store = new DiskBlobStore(layout)
  const memory = new Memory({
    tags: new TagShelf(catalog.tags, health, clock),
    manifests: new ManifestShelf(catalog.manifests, health, clock),
    blobs: new BlobShelf({ store, blobs: catalog.blobs, health, clock, log }),
    proofs: new Proofs(catalog.proofs, catalog.manifests, health, clock),
  })
  const evictor = new Evictor({
    images: catalog.images,
    space: catalog.space,
    store,
    leases: new Leases(),
    memory,
    clock,
    pulls: new Pulls(catalog.images, clock, log),
    log,
  })
  const steps = countSteps(catalog)
  const evicted = await evictor.free(Number.MAX_SAFE_INTEGER)
  const longest = steps.stop()
  const blobs = IMAGES * (BLOBS_PER_IMAGE - 1) + IMAGES / 100
  expect(evicted).toMatchObject({ images: IMAGES, blobs })
  expect(await catalog.space.usedBytes()).toBe(0)
  expect(await catalog.space.listUnneeded(undefined, 1)).toEqual([])
  expect(longest).toBeLessThanOrEqual(MAX_STEPS_PER_TURN)
  await catalog.close()
})

import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FIRST_REST_MS, SCRUB_EVERY_MS, Scrub } from '../../src/cache/scrub.ts'
import { Verifier } from '../../src/cache/verify.ts'
import { digestOf } from '../../src/oci/digest.ts'
import { ScrubMarkFile } from '../../src/store/scrub-mark-file.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { type OpenedDiskStorage, openDiskStorage } from '../store/open-storage.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

const MIB = 1024 * 1024
const BLOBS = 5
/** A blob takes a minute. */
const RATE = MIB / 60

let storage: OpenedDiskStorage
let catalog: SqliteCatalog
let clock: FakeClock
let log: RecordLog
let marks: ScrubMarkFile

beforeEach(async () => {
  storage = await openDiskStorage()
  catalog = new SqliteCatalog(storage.layout.catalog)
  clock = new FakeClock()
  log = new RecordLog()
  marks = new ScrubMarkFile(storage.layout)
  for (let count = 0; count < BLOBS; count += 1) {
    const bytes = randomBytes(MIB)
    const ingest = await storage.ingests.begin(digestOf(bytes))
    await ingest.write(bytes)
    await ingest.verify()
    await storage.store.commit(ingest)
    await ingest.close()
    await catalog.blobs.put(ingest.digest, MIB, clock.now())
  }
})

afterEach(async () => {
  await catalog.close()
  await storage[Symbol.asyncDispose]()
})

function startScrub(bytesPerSecond = RATE): { scrub: Scrub; verifier: Verifier } {
  const verifier = new Verifier({
    store: storage.store,
    blobs: catalog.blobs,
    manifests: catalog.manifests,
    forget: () => {},
    refetch: { blob: async () => false, manifest: async () => false },
    clock,
    log,
  })
  const scrub = new Scrub({ verifier, marks, bytesPerSecond, clock, log })
  scrub.start()
  return { scrub, verifier }
}

/** Lets time pass once somebody waits for it. */
async function pass(ms: number): Promise<void> {
  await expect.poll(() => clock.sleeperCount).toBe(1)
  clock.advance(ms)
}

test('hashes everything at its rate, says so, and comes back in a week', async () => {
  const { scrub } = startScrub()
  await pass(FIRST_REST_MS)
  for (let blob = 0; blob < BLOBS; blob += 1) {
    expect(log.of('scrub.done')).toEqual([])
    await pass(60_000)
  }
  await expect.poll(() => log.of('scrub.done').length).toBe(1)
  expect(log.of('scrub.done')[0]?.fields).toMatchObject({ blobs: BLOBS, bytes: BLOBS * MIB, damaged: 0 })
  await pass(SCRUB_EVERY_MS - 60_000 * (BLOBS + 1))
  await pass(60_000)
  await pass(60_000)
  expect(log.of('scrub.done')).toHaveLength(1)
  await expect.poll(() => clock.sleeperCount).toBe(1)
  await scrub.stop()
})

test('goes on after a restart where it was', async () => {
  const before = startScrub()
  await pass(FIRST_REST_MS)
  await pass(60_000)
  await pass(60_000)
  await expect.poll(() => clock.sleeperCount).toBe(1)
  await before.scrub.stop()
  expect(await marks.load()).toMatchObject({ finished: false })

  const { scrub } = startScrub()
  await pass(FIRST_REST_MS)
  for (let blob = 2; blob < BLOBS; blob += 1) await pass(60_000)
  await expect.poll(() => log.of('scrub.done').length).toBe(1)
  expect(log.of('scrub.done')[0]?.fields).toMatchObject({ blobs: BLOBS - 2 })
  await scrub.stop()
})

test('makes place for a run that somebody waits for, and goes on behind it', async () => {
  const { scrub, verifier } = startScrub()
  await pass(FIRST_REST_MS)
  await pass(60_000)
  await expect.poll(() => clock.sleeperCount).toBe(1)
  scrub.interrupt()
  expect((await verifier.run({ repair: false })).blobs).toBe(BLOBS)
  for (let blob = 1; blob < BLOBS; blob += 1) await pass(60_000)
  await expect.poll(() => log.of('scrub.done').length).toBe(1)
  await scrub.stop()
})

test('(d25) a pass that the clock puts into the future is not waited for', async () => {
  await marks.save({ startedAt: clock.now() + 365 * 24 * 60 * 60_000, after: undefined, finished: true })
  const { scrub } = startScrub()
  await pass(FIRST_REST_MS)
  for (let blob = 0; blob < BLOBS; blob += 1) await pass(60_000)
  await expect.poll(() => log.of('scrub.done').length).toBe(1)
  await scrub.stop()
})

test('with the rate 0 does nothing', async () => {
  const { scrub } = startScrub(0)
  expect(clock.sleeperCount).toBe(0)
  await scrub.stop()
})

test.each(['', '{', '[]', '{"startedAt":"x"}'])('a mark that is %j counts as none', async (text) => {
  await writeFile(storage.layout.scrub, text)
  expect(await marks.load()).toBeUndefined()
})

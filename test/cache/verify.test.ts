import { randomBytes } from 'node:crypto'
import { open, readdir, rm, truncate } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Verifier } from '../../src/cache/verify.ts'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { type OpenedDiskStorage, openDiskStorage } from '../store/open-storage.ts'
import { readAll } from '../streams/read-range.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

const MIB = 1024 * 1024

let storage: OpenedDiskStorage
let catalog: SqliteCatalog
let clock: FakeClock
let log: RecordLog
let forgotten: Digest[]
let refetched: string[]
let verifier: Verifier

beforeEach(async () => {
  storage = await openDiskStorage()
  catalog = new SqliteCatalog(storage.layout.catalog)
  clock = new FakeClock()
  log = new RecordLog()
  forgotten = []
  refetched = []
  verifier = new Verifier({
    store: storage.store,
    blobs: catalog.blobs,
    manifests: catalog.manifests,
    forget: (digest) => forgotten.push(digest),
    refetch: {
      blob: async (digest) => refetched.push(`blob ${digest}`) > 0,
      manifest: async (digest) => refetched.push(`manifest ${digest}`) > 0,
    },
    clock,
    log,
  })
})

afterEach(async () => {
  await catalog.close()
  await storage[Symbol.asyncDispose]()
})

async function addBlob(sizeBytes: number): Promise<{ digest: Digest; bytes: Buffer }> {
  const bytes = randomBytes(sizeBytes)
  const digest = digestOf(bytes)
  const ingest = await storage.ingests.begin(digest)
  await ingest.write(bytes)
  await ingest.verify()
  await storage.store.commit(ingest)
  await ingest.close()
  await catalog.blobs.put(digest, sizeBytes, clock.now())
  return { digest, bytes }
}

async function flipBit(digest: Digest): Promise<void> {
  const file = await open(storage.layout.blob(digest), 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, 1000)
  byte[0] = (byte[0] ?? 0) ^ 1
  await file.write(byte, 0, 1, 1000)
  await file.close()
}

test('(d13) what is as it was stays as it is', async () => {
  const blobs = [await addBlob(3 * MIB), await addBlob(1), await addBlob(0)]
  const done = await verifier.run({ repair: true })
  expect(done).toEqual({ blobs: 3, manifests: 0, bytes: 3 * MIB + 1, damaged: [] })
  for (const { digest } of blobs) expect(await catalog.blobs.find(digest)).toBeDefined()
})

describe('(d13) a blob', () => {
  const damages: {
    name: string
    problem: string
    left: number
    damage: (digest: Digest) => Promise<void>
  }[] = [
    { name: 'with one other bit', problem: 'wrong-bytes', left: 1, damage: flipBit },
    {
      name: 'that is cut',
      problem: 'wrong-size',
      left: 1,
      damage: (digest) => truncate(storage.layout.blob(digest), 5),
    },
    {
      name: 'whose file is gone',
      problem: 'missing',
      left: 0,
      damage: (digest) => rm(storage.layout.blob(digest)),
    },
  ]

  test.each(damages)(
    '$name is told, taken out of the way and forgotten',
    async ({ problem, left, damage }) => {
      const good = await addBlob(MIB)
      const { digest } = await addBlob(2 * MIB)
      await damage(digest)
      const { damaged } = await verifier.run({ repair: false })
      expect(damaged).toEqual([{ digest, kind: 'blob', problem, repaired: false }])
      expect(await catalog.blobs.find(digest)).toBeUndefined()
      expect(forgotten).toEqual([digest])
      expect(await readdir(storage.layout.quarantine)).toHaveLength(left)
      expect(log.of('content.damaged')).toHaveLength(1)
      expect(refetched).toEqual([])
      expect(await catalog.blobs.find(good.digest)).toBeDefined()
    },
  )

  test('is fetched again when that is wished', async () => {
    const { digest } = await addBlob(2 * MIB)
    await flipBit(digest)
    const { damaged } = await verifier.run({ repair: true })
    expect(damaged).toMatchObject([{ digest, repaired: true }])
    expect(refetched).toEqual([`blob ${digest}`])
  })

  test('that is read during its quarantine is read on', async () => {
    const { digest } = await addBlob(2 * MIB)
    await flipBit(digest)
    await using blob = await storage.store.open(digest)
    await using reader = blob.read(0, blob.sizeBytes)
    await verifier.run({ repair: false })
    expect((await readAll(reader)).length).toBe(2 * MIB)
  })
})

test('no more than eight wrong files are kept', async () => {
  for (let count = 0; count < 10; count += 1) {
    const { digest } = await addBlob(2000)
    await flipBit(digest)
  }
  expect((await verifier.run({ repair: false })).damaged).toHaveLength(10)
  expect(await readdir(storage.layout.quarantine)).toHaveLength(8)
})

test('a manifest whose bytes changed is forgotten, and fetched again', async () => {
  const bytes = Buffer.from('{"what":"it was"}')
  const digest = digestOf(bytes)
  await catalog.manifests.put({ digest, mediaType: 'x/y', bytes: Buffer.from('{"what":"it is"}') }, [], 0)
  const done = await verifier.run({ repair: true })
  expect(done).toMatchObject({ manifests: 1, damaged: [{ digest, kind: 'manifest', repaired: true }] })
  expect(await catalog.manifests.find(digest)).toBeUndefined()
  expect(forgotten).toEqual([digest])
  expect(refetched).toEqual([`manifest ${digest}`])
})

test('goes on after a digest, at the pace that is wished, and stops when asked to', async () => {
  const digests = [
    (await addBlob(MIB)).digest,
    (await addBlob(MIB)).digest,
    (await addBlob(MIB)).digest,
  ].sort()
  const seen: Digest[] = []
  const stop = new AbortController()
  const run = verifier.run({
    repair: false,
    after: digests[0],
    bytesPerSecond: MIB,
    signal: stop.signal,
    onBlob: async (digest) => void seen.push(digest),
  })
  run.catch(() => {})
  await expect.poll(() => clock.sleeperCount).toBe(1)
  expect(seen).toEqual([])
  clock.advance(1_000)
  await expect.poll(() => clock.sleeperCount).toBe(1)
  expect(seen).toEqual([digests[1]])
  stop.abort(new Error('enough'))
  await expect(run).rejects.toThrow('enough')
})

test('one run at a time', async () => {
  await addBlob(MIB)
  const first = verifier.run({ repair: false, bytesPerSecond: MIB })
  const second = verifier.run({ repair: false })
  await expect.poll(() => clock.sleeperCount).toBe(1)
  clock.advance(1_000)
  expect(await Promise.all([first, second])).toHaveLength(2)
})

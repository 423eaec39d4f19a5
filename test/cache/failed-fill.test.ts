import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { accessOf, type PullTarget } from '../../src/cache/access.ts'
import { PullThrough } from '../../src/cache/pull-through.ts'
import type { UpstreamPolicy } from '../../src/cache/upstream-policy.ts'
import { digestOf } from '../../src/oci/digest.ts'
import { parseRepository } from '../../src/oci/reference.ts'
import { ScrubMarkFile } from '../../src/store/scrub-mark-file.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { readWhole } from '../../src/streams/read-whole.ts'
import type { FetchedBlob } from '../../src/upstream/upstream.ts'
import { openDiskStorage } from '../store/open-storage.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'
import { policyWith } from './policy.ts'

const BYTES = Buffer.alloc(300_000, 'x')
const WRONG = Buffer.alloc(BYTES.length, 'y')
const DIGEST = digestOf(BYTES)

/** One bad body, then good ones. */
function unreliable(): UpstreamPolicy {
  const bodies = [WRONG]
  const policy = policyWith()
  const fetchBlob = async (): Promise<FetchedBlob> => {
    const bytes = bodies.shift() ?? BYTES
    return { body: Readable.from([bytes]), offset: 0, totalBytes: bytes.length }
  }
  return { ...policy, upstream: { ...policy.upstream, fetchBlob } }
}

test('who is told that a download failed, and asks again at once, begins a new one', async () => {
  await using storage = await openDiskStorage()
  const catalog = new SqliteCatalog(':memory:')
  const { store, ingests, layout } = storage
  const cache = new PullThrough({
    store,
    ingests,
    catalog,
    space: {
      budget: { maxBytes: 1e9, highBytes: 1e9, lowBytes: 9e8, minFreeBytes: 0 },
      maxAgeMs: undefined,
      freeBytes: async () => 1e12,
    },
    scrub: { marks: new ScrubMarkFile(layout), bytesPerSecond: 0 },
    targetOf: () => undefined,
    clock: new FakeClock(),
    log: new RecordLog(),
  })
  await cache.open()
  try {
    const policy = unreliable()
    const access = accessOf(policy, { groups: [], login: undefined })
    const target: PullTarget = { policy, repository: parseRepository('library/app'), access }
    const pull = async (): Promise<Buffer> => {
      await using blob = await cache.getBlob(target, DIGEST)
      await using reader = blob.read(0, BYTES.length)
      return await readWhole(reader, BYTES.length)
    }
    await using first = await cache.getBlob(target, DIGEST)
    await using reader = first.read(0, BYTES.length)
    // In the very moment in which the reader is told.
    const again = readWhole(reader, BYTES.length).then(
      () => expect.unreachable('the wrong bytes were read to their end'),
      () => pull(),
    )
    expect((await again).equals(BYTES)).toBe(true)
  } finally {
    await cache.suspend()
    await catalog.close()
  }
})

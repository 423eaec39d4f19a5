import { afterEach, beforeEach, expect, test } from 'vitest'
import { PUBLIC_SCOPE, type PullTarget } from '../../src/cache/access.ts'
import { Pulls } from '../../src/cache/pulls.ts'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { parseReference, parseRepository, type Tag } from '../../src/oci/reference.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'
import { policyWith } from './policy.ts'

const REPOSITORY = parseRepository('library/app')
const LATEST = parseReference('latest')
const NAME = 'docker.io/library/app:latest'
const TARGET: PullTarget = {
  policy: policyWith(),
  repository: REPOSITORY,
  access: { scopes: [PUBLIC_SCOPE], askAs: undefined, fetchAs: undefined },
}

let catalog: SqliteCatalog
let clock: FakeClock
let log: RecordLog
let pulls: Pulls
let digest: Digest

beforeEach(async () => {
  catalog = new SqliteCatalog(':memory:')
  clock = new FakeClock()
  log = new RecordLog()
  pulls = new Pulls(catalog.images, clock, log)
  digest = await point(undefined, 'one')
})

afterEach(async () => {
  await pulls.close()
  await catalog.close()
})

async function point(from: Digest | undefined, text: string): Promise<Digest> {
  const bytes = Buffer.from(text)
  const to = digestOf(bytes)
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  await catalog.manifests.put({ digest: to, mediaType, bytes }, [], clock.now())
  const key = { upstream: 'docker.io', repository: REPOSITORY, tag: 'latest' as Tag }
  await catalog.tags.move(key, from, { digest: to, checkedAt: clock.now(), missingSince: undefined })
  return to
}

test('pulls are gathered for five seconds and then written, with the time of the last', async () => {
  clock.advance(1_000)
  pulls.note(TARGET, LATEST, digest, 1)
  clock.advance(2_000)
  pulls.note(TARGET, LATEST, digest, 1)
  pulls.note(TARGET, LATEST, digest, 0)
  const lastPulledAt = clock.now()
  expect((await catalog.images.find(NAME))?.pulls).toBe(0)
  clock.advance(3_000)
  await expect.poll(async () => (await catalog.images.find(NAME))?.pulls).toBe(2)
  expect(await catalog.images.find(NAME)).toMatchObject({ pulls: 2, lastPulledAt })
})

test('a HEAD alone makes it young, and counts for nothing', async () => {
  clock.advance(1_000)
  pulls.note(TARGET, LATEST, digest, 0)
  await pulls.flush()
  expect(await catalog.images.find(NAME)).toMatchObject({ pulls: 0, lastPulledAt: clock.now() })
})

test('flush writes what was noted before it; closing writes the rest', async () => {
  pulls.note(TARGET, LATEST, digest, 1)
  await pulls.flush()
  expect((await catalog.images.find(NAME))?.pulls).toBe(1)
  pulls.note(TARGET, LATEST, digest, 1)
  await pulls.close()
  expect((await catalog.images.find(NAME))?.pulls).toBe(2)
  expect(clock.sleeperCount).toBe(0)
})

test('what cannot be written is said, forgotten, and keeps nobody from pulling', async () => {
  const closed = new SqliteCatalog(':memory:')
  await closed.close()
  const lost = new Pulls(closed.images, clock, log)
  lost.note(TARGET, LATEST, digest, 1)
  await lost.flush()
  expect(log.of('pulls.lost')).toMatchObject([{ level: 'warn', fields: { pulls: 1 } }])
  await lost.close()
  expect(log.of('pulls.lost')).toHaveLength(1)
})

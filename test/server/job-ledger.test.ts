import { expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { parseReference, parseRepository } from '../../src/oci/reference.ts'
import {
  JobLedger,
  type JobPull,
  KEPT_AFTER_END_MS,
  MAX_IMAGES,
  MAX_JOBS,
} from '../../src/server/job-ledger.ts'
import { PullCharge } from '../../src/server/pull-charge.ts'
import { FakeClock } from '../support/fake-clock.ts'

const INDEX = digestOf(Buffer.from('index'))
const CHILD = digestOf(Buffer.from('child'))
const OTHER = digestOf(Buffer.from('other'))

function manifest(name: string, digest = INDEX, change: Partial<JobPull> = {}): JobPull {
  const [repository = '', reference = digest] = name.split(':')
  return {
    upstream: 'docker.io',
    repository: parseRepository(repository),
    kind: 'manifest',
    reference: parseReference(reference),
    digest,
    outcome: 'miss',
    bytes: 10,
    children: new Set(),
    charge: undefined,
    ...change,
  }
}

const blob = (repository: string, change: Partial<JobPull> = {}): JobPull =>
  manifest(repository, OTHER, { kind: 'blob', bytes: 100, ...change })

const BASE = { outcome: 'miss', upstreamRequests: 0 }

interface Case {
  readonly name: string
  readonly pulls: readonly JobPull[]
  readonly want: readonly { reference: string; digest: string; bytes: number; outcome?: string }[]
}

const cases: Case[] = [
  {
    name: 'a tag, what it leads to, and the blobs are one image, with the outcome of the tag',
    pulls: [
      manifest('library/a:1', INDEX, { outcome: 'revalidated', bytes: 0 }),
      manifest('library/a', INDEX, { outcome: 'hit', children: new Set([CHILD]) }),
      manifest('library/a', CHILD),
      blob('library/a'),
    ],
    want: [{ reference: 'docker.io/library/a:1', digest: INDEX, bytes: 120, outcome: 'revalidated' }],
  },
  {
    name: 'the same tag again is the same image, unless it has moved',
    pulls: [manifest('library/a:1'), manifest('library/a:1'), manifest('library/a:1', OTHER)],
    want: [
      { reference: 'docker.io/library/a:1', digest: INDEX, bytes: 20 },
      { reference: 'docker.io/library/a:1', digest: OTHER, bytes: 10 },
    ],
  },
  {
    name: 'a digest that nothing led to is an image of its own',
    pulls: [manifest('library/a:1'), manifest('library/a', OTHER)],
    want: [
      { reference: 'docker.io/library/a:1', digest: INDEX, bytes: 10 },
      { reference: `docker.io/library/a@${OTHER}`, digest: OTHER, bytes: 10 },
    ],
  },
  {
    name: 'blobs belong to the image of their repository that was pulled last',
    pulls: [
      manifest('library/a:1'),
      manifest('library/a:2', OTHER),
      manifest('library/b:1'),
      blob('library/a'),
    ],
    want: [
      { reference: 'docker.io/library/a:1', digest: INDEX, bytes: 10 },
      { reference: 'docker.io/library/a:2', digest: OTHER, bytes: 110 },
      { reference: 'docker.io/library/b:1', digest: INDEX, bytes: 10 },
    ],
  },
  {
    name: 'a blob without an image stands for itself',
    pulls: [blob('library/a'), blob('library/a')],
    want: [{ reference: `docker.io/library/a@${OTHER}`, digest: OTHER, bytes: 200 }],
  },
]

test.each(cases)('$name', ({ pulls, want }) => {
  const ledger = new JobLedger(new FakeClock())
  for (const pull of pulls) ledger.record('job', pull)
  expect(ledger.list('job')).toEqual(want.map((each) => ({ ...BASE, ...each })))
  expect(ledger.list('other')).toBeUndefined()
})

test('requests are charged before and after it is known to what', () => {
  const ledger = new JobLedger(new FakeClock())
  const charge = new PullCharge()
  charge.add()
  charge.add()
  ledger.record('job', manifest('library/a:1', INDEX, { charge }))
  charge.add()
  expect(ledger.list('job')?.[0]?.upstreamRequests).toBe(3)
})

test('it is forgotten a while after the credential ended', () => {
  const clock = new FakeClock()
  const ledger = new JobLedger(clock)
  ledger.record('job', manifest('library/a:1'))
  ledger.end('job')
  ledger.end('never pulled')
  clock.advance(KEPT_AFTER_END_MS - 1)
  expect(ledger.list('job')).toHaveLength(1)
  clock.advance(2)
  expect(ledger.list('job')).toBeUndefined()
  expect(ledger.list('never pulled')).toBeUndefined()
})

test('it is bounded, per job and in jobs', () => {
  const ledger = new JobLedger(new FakeClock())
  for (let tag = 0; tag <= MAX_IMAGES; tag++) ledger.record('greedy', manifest(`library/a:${tag}`))
  expect(ledger.list('greedy')).toHaveLength(MAX_IMAGES)
  for (let job = 0; job < MAX_JOBS; job++) ledger.record(`job ${job}`, manifest('library/a:1'))
  expect(ledger.list('greedy')).toBeUndefined()
  expect(ledger.list('job 0')).toHaveLength(1)
})

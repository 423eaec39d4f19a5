import { expect, test } from 'vitest'
import type { Outcome } from '../../src/cache/outcome.ts'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { parseReference, parseRepository } from '../../src/oci/reference.ts'
import { type AskedContent, type EndedPull, QUIET_MS } from '../../src/server/open-pull.ts'
import { PullCharge } from '../../src/server/pull-charge.ts'
import {
  MAX_OPEN,
  MAX_OPEN_OF_CLIENT,
  MAX_PULL_MS,
  type NotedRequest,
  PullLog,
} from '../../src/server/pull-log.ts'
import { FakeClock } from '../support/fake-clock.ts'

const INDEX = digestOf(Buffer.from('index'))
const CHILD = digestOf(Buffer.from('child'))
const LAYER = digestOf(Buffer.from('layer'))
const NONE: ReadonlySet<string> = new Set()

interface Part {
  readonly of?: string
  readonly client?: string
  readonly group?: string
  readonly head?: true
  readonly outcome?: Outcome
  readonly collapsed?: true
  readonly digest?: Digest
  readonly children?: ReadonlySet<string>
  readonly bytes?: number
  readonly charge?: PullCharge
}

class Pulling {
  readonly clock = new FakeClock()
  readonly ended: EndedPull[] = []
  readonly log = new PullLog(this.clock, (pull) => this.ended.push(pull))

  manifest(name: string, part: Part = {}): void {
    const [repository = '', reference = INDEX] = name.split(':')
    const digest = part.digest ?? INDEX
    const method = part.head === undefined ? 'GET' : 'HEAD'
    const asked = { kind: 'manifest', method, reference: parseReference(part.digest ?? reference) } as const
    this.#note(repository, asked, digest, part)
  }

  blob(repository: string, part: Part = {}): void {
    this.#note(repository, { kind: 'blob', method: 'GET', digest: LAYER }, undefined, { bytes: 100, ...part })
  }

  place(repository: string) {
    return { policy: { name: 'docker.io' }, repository: parseRepository(repository) }
  }

  request({ client = '192.0.2.1', group = 'default' }: Part = {}): NotedRequest {
    return { client, admission: { group: { path: group } }, sentBytes: 0 }
  }

  /** Time goes on, and who sleeps has done what it woke for. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5_000) {
      this.clock.advance(Math.min(left, 5_000))
      await new Promise(setImmediate)
    }
  }

  #note(repository: string, asked: AskedContent, digest: Digest | undefined, part: Part): void {
    const { outcome = 'hit', collapsed = false, children = NONE, bytes = 10, head, charge } = part
    const request: NotedRequest = {
      ...this.request(part),
      answered: { outcome, collapsed },
      sentBytes: head === undefined ? bytes : 0,
      ...(digest === undefined ? {} : { content: { digest } }),
      ...(charge === undefined ? {} : { charge }),
    }
    this.log.note(request, asked, this.place(repository), children, this.clock.now())
  }
}

test('all that one image takes is one pull, told once it has been quiet', async () => {
  const pulling = new Pulling()
  const charge = new PullCharge()
  charge.add()
  pulling.manifest('library/a:1', { head: true, outcome: 'revalidated', charge })
  pulling.manifest('library/a:1', { children: new Set([CHILD]) })
  await pulling.pass(QUIET_MS - 1)
  pulling.manifest('library/a', { digest: CHILD, outcome: 'miss', bytes: 20 })
  pulling.blob('library/a')
  charge.add()
  await pulling.pass(QUIET_MS - 1)
  expect(pulling.ended).toEqual([])
  await pulling.pass(5_000)
  expect(pulling.ended).toEqual([
    {
      image: 'docker.io/library/a:1',
      digest: INDEX,
      client: '192.0.2.1',
      group: 'default',
      outcome: 'miss',
      bytes: 130,
      savedBytes: 110,
      upstreamRequests: 2,
      tookUpstreamPull: true,
      durationMs: QUIET_MS - 1,
    },
  ])
  expect(pulling.clock.sleeperCount).toBe(0)
})

test.each([
  ['hit', 'hit', 'hit', false],
  ['revalidated', 'hit', 'revalidated', false],
  ['stale', 'revalidated', 'stale', false],
  ['hit', 'miss', 'miss', false],
  ['updated', 'stale', 'updated', true],
  ['miss', 'updated', 'miss', true],
  ['skip', 'miss', 'skip', true],
] as const)(
  'a manifest that is a %s with a blob that is a %s is a %s',
  async (first, second, outcome, took) => {
    const pulling = new Pulling()
    pulling.manifest('library/a:1', { outcome: first })
    pulling.blob('library/a', { outcome: second })
    await pulling.log.close()
    expect(pulling.ended).toMatchObject([{ outcome, tookUpstreamPull: took }])
  },
)

test('what somebody else was fetching already is saved', async () => {
  const pulling = new Pulling()
  pulling.manifest('library/a:1', { outcome: 'miss', collapsed: true })
  pulling.blob('library/a', { outcome: 'miss' })
  await pulling.log.close()
  expect(pulling.ended).toMatchObject([
    { outcome: 'miss', bytes: 110, savedBytes: 10, tookUpstreamPull: false },
  ])
})

test('who only looks whether a tag has moved pulls nothing; nor do blobs that no manifest led to', async () => {
  const pulling = new Pulling()
  pulling.manifest('library/a:1', { head: true })
  pulling.blob('library/b')
  await pulling.log.close()
  expect(pulling.ended).toEqual([])
})

test('another client, another group and another tag have pulls of their own', async () => {
  const pulling = new Pulling()
  pulling.manifest('library/a:1')
  pulling.manifest('library/a:1', { client: 'job' })
  pulling.manifest('library/a:1', { group: 'others' })
  pulling.manifest('library/a:2')
  pulling.blob('library/a')
  await pulling.log.close()
  expect(pulling.ended.map(({ image, client, group, bytes }) => [image, client, group, bytes])).toEqual([
    ['docker.io/library/a:1', '192.0.2.1', 'default', 10],
    ['docker.io/library/a:1', 'job', 'default', 10],
    ['docker.io/library/a:1', '192.0.2.1', 'others', 10],
    ['docker.io/library/a:2', '192.0.2.1', 'default', 110],
  ])
})

test('a pull does not end while one of its requests runs', async () => {
  const pulling = new Pulling()
  pulling.manifest('library/a:1')
  const held = pulling.log.hold(pulling.request(), pulling.place('library/a'))
  if (held === undefined) throw new Error('the pull is not known')
  await pulling.pass(MAX_PULL_MS)
  pulling.blob('library/a')
  pulling.log.release(held)
  expect(pulling.ended).toEqual([])
  await pulling.pass(QUIET_MS + 5_000)
  expect(pulling.ended).toMatchObject([{ bytes: 110, durationMs: MAX_PULL_MS }])
})

test('who asks again and again is told of every quarter of an hour', async () => {
  const pulling = new Pulling()
  for (let ms = 0; ms < 2 * MAX_PULL_MS; ms += 5_000) {
    pulling.manifest('library/a:1')
    await pulling.pass(5_000)
  }
  expect(pulling.ended).toHaveLength(1)
  await pulling.log.close()
  expect(pulling.ended.map(({ bytes }) => bytes)).toEqual([1_800, 1_800])
})

test('a clock that is set back ends what is open, and keeps nothing open', async () => {
  const pulling = new Pulling()
  pulling.manifest('library/a:1')
  pulling.clock.jump(-3_600_000)
  await pulling.pass(5_000)
  expect(pulling.ended).toMatchObject([{ durationMs: 0 }])
})

test('it is bounded, per client and altogether: what began first is told early', async () => {
  const greedy = new Pulling()
  for (let tag = 0; tag <= MAX_OPEN_OF_CLIENT; tag++) greedy.manifest(`library/a:${tag}`)
  expect(greedy.ended.map(({ image }) => image)).toEqual(['docker.io/library/a:0'])
  await greedy.log.close()
  const many = new Pulling()
  for (let client = 0; client <= MAX_OPEN; client++) many.manifest('library/a:1', { client: String(client) })
  expect(many.ended.map(({ client }) => client)).toEqual(['0'])
  await many.log.close()
  expect(many.ended).toHaveLength(MAX_OPEN + 1)
})

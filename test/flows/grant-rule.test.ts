import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeGate } from '../support/scripted-upstream.ts'
import { type Asker, login, type Readers, startReaders, told } from './readers.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const TEAM = { group: 'team' }
const OTHERS = { group: 'others' }

let readers: Readers

beforeEach(async () => {
  readers = await startReaders()
})

afterEach(async () => {
  await readers[Symbol.asyncDispose]()
})

interface Row {
  readonly name: string
  readonly content: 'public' | 'private'
  readonly asker: Asker
  readonly want: '200' | '403 DENIED'
  /** Whether the upstream was asked, beside for tokens. */
  readonly asks: boolean | 'once'
}

const rows: Row[] = [
  { name: 'a group', content: 'public', asker: OTHERS, want: '200', asks: false },
  {
    name: 'a group with a login of its own',
    content: 'public',
    asker: { group: 'owner' },
    want: '200',
    asks: false,
  },
  {
    name: 'one whose login may nothing',
    content: 'public',
    asker: { group: 'stranger' },
    want: '200',
    asks: false,
  },
  {
    name: 'a job with a login',
    content: 'public',
    asker: { job: 'others', login: login('owner') },
    want: '200',
    asks: false,
  },
  {
    name: 'a job with a login that is wrong',
    content: 'public',
    asker: { job: 'others', login: login('owner', 'x') },
    want: '200',
    asks: false,
  },

  { name: 'a group of privateFor', content: 'private', asker: TEAM, want: '200', asks: false },
  {
    name: 'a group under one of privateFor',
    content: 'private',
    asker: { group: 'team/web' },
    want: '200',
    asks: false,
  },
  { name: 'its job', content: 'private', asker: { job: 'team' }, want: '200', asks: false },
  { name: 'another group', content: 'private', asker: OTHERS, want: '403 DENIED', asks: true },
  {
    name: 'its job, without a login',
    content: 'private',
    asker: { job: 'others' },
    want: '403 DENIED',
    asks: true,
  },
  {
    name: 'a group with a login that may have it',
    content: 'private',
    asker: { group: 'owner' },
    want: '200',
    asks: true,
  },
  {
    name: 'a group that inherits that login',
    content: 'private',
    asker: { group: 'owner/web' },
    want: '200',
    asks: true,
  },
  {
    name: 'a group with a login that may not',
    content: 'private',
    asker: { group: 'stranger' },
    want: '403 DENIED',
    asks: true,
  },
  {
    name: 'a job with a login that may',
    content: 'private',
    asker: { job: 'others', login: login('owner') },
    want: '200',
    asks: true,
  },
  {
    name: 'a job with a login that may not',
    content: 'private',
    asker: { job: 'others', login: login('stranger') },
    want: '403 DENIED',
    asks: true,
  },
  {
    name: 'one of a group that may: its login goes before',
    content: 'private',
    asker: { job: 'team', login: login('stranger') },
    want: '403 DENIED',
    asks: true,
  },
  {
    name: 'a job with our user name and another password',
    content: 'private',
    asker: { job: 'others', login: login('ours', 'x') },
    want: '403 DENIED',
    // The token server is not asked again for half a minute with what it refused.
    asks: 'once',
  },
  {
    name: 'a job with our own login, which is not ours to it',
    content: 'private',
    asker: { job: 'others', login: login('ours') },
    want: '200',
    asks: true,
  },
]

describe('(d19) content that is here is read by', () => {
  test.each(rows)('$name, $content: $want', async ({ content, asker, want, asks }) => {
    const repository = content === 'public' ? 'library/app' : 'acme/app'
    const { manifest, blob } = await readers.cached(repository, content === 'public' ? OTHERS : TEAM)
    for (const rest of [manifest, blob, `${repository}/manifests/1`]) {
      readers.upstream.log.clear()
      readers.upstream.tokens.log.clear()
      expect([rest, await told(await readers.get(asker, rest))]).toEqual([rest, want])
      const isTag = rest.endsWith('/1')
      const isAsked = readers.upstream.count() + readers.upstream.tokens.requests.length > 0
      // A tag leads to the manifest: what was proved for that holds.
      const mayAsk = asks === 'once' ? rest === manifest : asks
      if (!isTag || !mayAsk) expect([rest, isAsked]).toEqual([rest, mayAsk])
    }
  })

  test('a login that was proved, without being asked again, and by no login of the same name', async () => {
    const { manifest, blob } = await readers.cached('acme/app', { job: 'others', login: login('owner') })
    readers.upstream.log.clear()
    for (const asker of [{ job: 'team', login: login('owner') }, { group: 'owner' }]) {
      for (const rest of [manifest, blob]) expect(await told(await readers.get(asker, rest))).toBe('200')
    }
    expect(readers.upstream.count()).toBe(0)
    const impostor = { job: 'others', login: login('owner', 'guessed') }
    for (const rest of [manifest, blob]) {
      expect(await told(await readers.get(impostor, rest))).toBe('403 DENIED')
    }
  })

  test('nobody by a manifest of their own that names it', async () => {
    const { image, layer } = await readers.cached('acme/app', TEAM)
    const bytes = Buffer.from(image.manifest.bytes.toString().replace('{', '{ '))
    readers.upstream.addManifest('library/thief', bytes, image.manifest.mediaType, ['1'])
    for (const asker of [OTHERS, { group: 'stranger' }, { group: 'owner' }, TEAM]) {
      expect(await told(await readers.get(asker, 'library/thief/manifests/1'))).toBe('200')
      for (const digest of [layer, image.config.digest]) {
        expect(await told(await readers.get(asker, `library/thief/blobs/${digest}`))).toBe('404 BLOB_UNKNOWN')
      }
    }
  })

  test('nobody by an artifact of their own that has it as its subject', async () => {
    const { image } = await readers.cached('acme/app', TEAM)
    const { digest, mediaType } = image.root
    const artifact = JSON.parse(image.manifest.bytes.toString()) as Record<string, unknown>
    const subject = { mediaType, digest, size: image.root.bytes.length }
    const bytes = Buffer.from(JSON.stringify({ ...artifact, layers: [], subject }))
    readers.upstream.addManifest('library/thief', bytes, image.manifest.mediaType, ['1'])
    expect(await told(await readers.get(OTHERS, 'library/thief/manifests/1'))).toBe('200')
    expect(await told(await readers.get(OTHERS, `library/thief/manifests/${digest}`))).toBe(
      '404 MANIFEST_UNKNOWN',
    )
    expect(await told(await readers.get(OTHERS, `library/thief/blobs/${digest}`))).toBe('404 BLOB_UNKNOWN')
  })
})

describe('a download that runs', () => {
  /** Somebody's download of a private blob whose answer waits for the gate. */
  async function running(asker: Asker) {
    const { upstream } = readers
    const image = upstream.addImage('acme/app', { tags: ['1'] })
    const path = `acme/app/blobs/${image.layers[0]?.digest}`
    const gate = makeGate()
    upstream.fault({ match: { path: /\/blobs\// }, times: 1, do: { kind: 'hold', until: gate.promise } })
    const first = readers.get(asker, path)
    await upstream.waitFor({ path: /\/blobs\// })
    return { path, first, gate }
  }

  test.each([
    { name: 'the same group', asker: TEAM, want: '200' },
    { name: 'another group', asker: OTHERS, want: '403 DENIED' },
    { name: 'a group with a login that may', asker: { group: 'owner' }, want: '200' },
    {
      name: 'a job with a login that may not',
      asker: { job: 'team', login: login('stranger') },
      want: '403 DENIED',
    },
  ])('is joined by $name: $want', async ({ asker, want }) => {
    const { path, first, gate } = await running(TEAM)
    const second = readers.get(asker, path)
    if (want !== '200') expect(await told(await second)).toBe(want)
    else if (asker !== TEAM) await readers.upstream.waitFor({ path: /\/blobs\// }, 2)
    gate.open()
    if (want === '200') expect(await told(await second)).toBe(want)
    expect(await told(await first)).toBe('200')
  })

  test('and is refused to whoever began it, is begun anew by those who may have it', async () => {
    const { upstream } = readers
    const gate = makeGate()
    upstream.tokens.fault({ times: 1, do: { kind: 'hold', until: gate.promise } })
    const image = upstream.addImage('acme/app', { tags: ['1'] })
    const path = `acme/app/blobs/${image.layers[0]?.digest}`
    readers.upstream.log.clear()
    const refused = readers.get({ group: 'stranger' }, path)
    await upstream.tokens.log.waitFor({})
    const entitled = readers.get(TEAM, path)
    await upstream.waitFor({ path: /\/blobs\// }, 2)
    gate.open()
    expect(await told(await refused)).toBe('403 DENIED')
    expect(await told(await entitled)).toBe('200')
  })
})

describe('a proof', () => {
  const STATUS = { '401': 401, '403': 403, '404': 404, '500': 500 } as const
  const ages = { fresh: 59 * MINUTE, old: 61 * MINUTE, 'too old': 25 * HOUR } as const
  interface Aged {
    readonly age: keyof typeof ages
    readonly answer: '200' | 'silence' | keyof typeof STATUS
    readonly want: string
  }
  const aged: Aged[] = [
    { age: 'fresh', answer: '200', want: '200' },
    { age: 'fresh', answer: '401', want: '200' },
    { age: 'fresh', answer: '404', want: '200' },
    { age: 'fresh', answer: '500', want: '200' },
    { age: 'old', answer: '200', want: '200' },
    { age: 'old', answer: '401', want: '403 DENIED' },
    { age: 'old', answer: '403', want: '403 DENIED' },
    { age: 'old', answer: '404', want: '404' },
    { age: 'old', answer: '500', want: '200' },
    { age: 'old', answer: 'silence', want: '200' },
    { age: 'too old', answer: '200', want: '200' },
    { age: 'too old', answer: '401', want: '403 DENIED' },
    { age: 'too old', answer: '404', want: '404' },
    { age: 'too old', answer: '500', want: '502 UPSTREAM_UNAVAILABLE' },
    { age: 'too old', answer: 'silence', want: '504 UPSTREAM_TIMEOUT' },
  ]

  for (const [who, asker] of [
    ['of ours', TEAM],
    ['of a group', { group: 'owner' }],
  ] as const) {
    test.each(aged)(
      `${who} that is $age, the upstream answering $answer: $want`,
      async ({ age, answer, want }) => {
        const { upstream, proxy } = readers
        const { manifest, blob } = await readers.cached('acme/app', asker)
        proxy.clock.advance(ages[age])
        if (answer === 'silence') upstream.fault({ do: { kind: 'silence' } })
        else if (answer !== '200') upstream.fault({ do: { kind: 'status', status: STATUS[answer] } })
        for (const rest of [manifest, blob]) {
          upstream.log.clear()
          const reply = readers.get(asker, rest)
          if (answer === 'silence' && age !== 'fresh') {
            await upstream.waitFor({})
            proxy.clock.advance(3_000)
          }
          expect([rest, await told(await reply)]).toEqual([rest, expect.stringMatching(`^${want}`)])
          if (age === 'fresh') expect(upstream.count()).toBe(0)
        }
      },
    )
  }
})

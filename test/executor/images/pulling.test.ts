import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { CredentialEntry } from '../../../src/executor/auth/registry-login.ts'
import { pathOfKey } from '../../../src/executor/auth/registry-path.ts'
import { toPullError } from '../../../src/executor/docker/pull-failure.ts'
import { KeyedTurns } from '../../../src/executor/images/keyed-turns.ts'
import { ImagePullError, isTransient, reasonOf } from '../../../src/executor/images/pull-error.ts'
import { PullProgress } from '../../../src/executor/images/pull-progress.ts'
import { MemoryPullProofs } from '../../../src/executor/images/pull-proofs.ts'
import { routePull, wayToDigest } from '../../../src/executor/images/pull-route.ts'
import { arrivalText, pulledFrom } from '../../../src/executor/images/pull-source.ts'
import { retryPull } from '../../../src/executor/images/retry-pull.ts'
import { readWantedImage } from '../../../src/executor/images/wanted-image.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const NEVER = new AbortController().signal

describe('what an engine says of a failed pull', () => {
  test.each([
    [
      "pull access denied for a.example/b, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      404,
      'DENIED',
      'runner_configuration_error',
    ],
    [
      'Head "http://a.example/v2/team/notes/manifests/v3": unauthorized: bad credentials',
      500,
      'DENIED',
      'runner_configuration_error',
    ],
    ['Get "https://a.example/v2/": no basic auth credentials', 500, 'DENIED', 'runner_configuration_error'],
    [
      'manifest for a.example/b:1 not found: manifest unknown: manifest unknown',
      404,
      'NOT_FOUND',
      'runner_configuration_error',
    ],
    ['toomanyrequests: You have reached your pull rate limit', 500, 'RATE_LIMITED', 'image_pull_failure'],
    ['received unexpected HTTP status: 503 Service Unavailable', 500, 'UNAVAILABLE', 'image_pull_failure'],
    [
      'Get "http://a.example/v2/": dial tcp 192.0.2.1:80: connect: connection refused',
      500,
      'NETWORK',
      'runner_external_dependency_failure',
    ],
    [
      'Get "https://denied.example/v2/": dial tcp: lookup denied.example: no such host',
      500,
      'NETWORK',
      'runner_external_dependency_failure',
    ],
    [
      'Get "https://unauthorized.example/v2/unauthorized/manifests/1": EOF',
      500,
      'NETWORK',
      'runner_external_dependency_failure',
    ],
    [
      'Get "https://a.example/v2/": dial tcp: lookup a.example on 192.0.2.1:53: read udp: i/o timeout',
      500,
      'TIMEOUT',
      'runner_external_dependency_failure',
    ],
    [
      'no matching manifest for linux/s390x in the manifest list entries',
      undefined,
      'PLATFORM',
      'runner_configuration_error',
    ],
    [
      'filesystem layer verification failed for digest sha256:abc',
      undefined,
      'MISMATCH',
      'image_pull_failure',
    ],
    [
      'failed to register layer: write /x: no space left on device',
      undefined,
      'NO_SPACE',
      'runner_system_failure',
    ],
    [
      'error parsing HTTP 429 response body: unexpected end of JSON input: ""',
      500,
      'RATE_LIMITED',
      'image_pull_failure',
    ],
    ['something new', 403, 'DENIED', 'runner_configuration_error'],
    ['something new', undefined, 'FAILED', 'image_pull_failure'],
  ] as const)('%s', (message, status, code, reason) => {
    const error = toPullError(
      status === undefined ? message : `(HTTP code ${status}) unexpected - ${message} `,
      status,
      undefined,
    )
    expect(error).toMatchObject({ code, message })
    expect(reasonOf(error)).toBe(reason)
  })
})

describe('a failed pull', () => {
  test.each(['NETWORK', 'TIMEOUT', 'RATE_LIMITED', 'UNAVAILABLE'] as const)(
    'is tried again for %s',
    (code) => {
      expect(isTransient(new ImagePullError(code, ''))).toBe(true)
    },
  )

  test('is tried three times, seconds apart', async () => {
    const clock = new FakeClock()
    const told: number[] = []
    const attempt = async () => {
      throw new ImagePullError('NETWORK', 'no route')
    }
    const parts = { clock, random: () => 0.5 }
    const result = retryPull(attempt, (number) => told.push(number), parts, NEVER)
    const failed = expect(result).rejects.toThrow('no route')
    for (const _wait of [1, 2]) {
      await expect.poll(() => clock.hasSleeperWithin(6000)).toBe(true)
      expect(clock.hasSleeperWithin(5999)).toBe(false)
      clock.advance(6000)
    }
    await failed
    expect(told).toEqual([1, 2])
  })

  test('is not tried again when that changes nothing', async () => {
    let attempts = 0
    const attempt = async () => {
      attempts++
      throw new ImagePullError('DENIED', 'no')
    }
    const parts = { clock: new FakeClock(), random: () => 0 }
    await expect(retryPull(attempt, () => undefined, parts, NEVER)).rejects.toThrow('no')
    expect(attempts).toBe(1)
  })
})

describe('an image is pulled', () => {
  const fronted = {
    route: (name: string) =>
      name.startsWith('quay.io/')
        ? undefined
        : {
            reference: '127.0.0.1:5000/default/dependency_proxy/containers/ghcr.io/acme/app:1',
            canonical: name.startsWith('proxy.example/') ? 'docker.io/library/redis:7' : 'ghcr.io/acme/app:1',
            login: { username: 'job', password: 'ours' },
          },
  }
  const own = entry('ghcr.io')
  const ways = (name: string, facts: Partial<Parameters<typeof routePull>[1]>) => {
    const route = routePull(readWantedImage(name), {
      access: fronted,
      entries: [],
      handed: new Map(),
      mirrors: [],
      ...facts,
    })
    return route.ways.map(({ reference, login, kind }) => [
      kind,
      reference.slice(0, reference.indexOf('/')),
      login?.kind === 'password' ? login.password : undefined,
    ])
  }
  const proxy = ['proxy', '127.0.0.1:5000', 'ours']
  const mirrors = [
    { registry: 'quay.io', prefix: 'mirror.example:5000/quay' },
    { registry: 'docker.io', prefix: 'mirror.example:5000' },
  ]
  const mirror = (password?: string) => ['mirror', 'mirror.example:5000', password]

  test.each([
    { name: 'ghcr.io/acme/app:1', facts: {}, want: [proxy] },
    {
      name: 'ghcr.io/acme/app:1',
      facts: { entries: [own], handed: new Map([['ghcr.io', own.login]]) },
      want: [proxy, ['direct', 'ghcr.io', 's3cret']],
    },
    { name: 'ghcr.io/acme/app:1', facts: { entries: [own] }, want: [['direct', 'ghcr.io', 's3cret']] },
    { name: 'quay.io/acme/app:1', facts: { entries: [own] }, want: [['direct', 'quay.io', undefined]] },
    { name: 'ghcr.io/acme/app:1', facts: { access: undefined }, want: [['direct', 'ghcr.io', undefined]] },
    {
      name: 'proxy.example/g/dependency_proxy/containers/redis:7',
      facts: { entries: [entry('proxy.example')] },
      want: [proxy],
    },
    { name: 'quay.io/acme/app:1', facts: { mirrors }, want: [mirror(), ['direct', 'quay.io', undefined]] },
    {
      name: 'quay.io/acme/app:1',
      facts: { mirrors, entries: [entry('quay.io')] },
      want: [mirror(), ['direct', 'quay.io', 's3cret']],
    },
    {
      name: 'quay.io/acme/app:1',
      facts: { mirrors, entries: [entry('mirror.example:5000')] },
      want: [mirror('s3cret'), ['direct', 'quay.io', undefined]],
    },
    {
      name: 'quay.io/acme/app:1',
      facts: { mirrors, entries: [entry('mirror.example')] },
      want: [mirror(), ['direct', 'quay.io', undefined]],
    },
    { name: 'ghcr.io/acme/app:1', facts: { mirrors }, want: [proxy] },
    {
      name: 'ghcr.io/acme/app:1',
      facts: { mirrors, access: undefined },
      want: [['direct', 'ghcr.io', undefined]],
    },
  ])('$name: $want', ({ name, facts, want }) => {
    expect(ways(name, facts)).toEqual(want)
  })

  test.each([
    ['quay.io/acme/app', 'mirror.example:5000/quay/acme/app:latest'],
    [
      `quay.io/acme/app:1@sha256:${'a'.repeat(64)}`,
      `mirror.example:5000/quay/acme/app@sha256:${'a'.repeat(64)}`,
    ],
    ['redis:7', 'mirror.example:5000/library/redis:7'],
    ['index.docker.io/acme/app:1', 'mirror.example:5000/acme/app:1'],
  ])('%s is %s at its mirror', (name, expected) => {
    const route = routePull(readWantedImage(name), {
      ...{ access: undefined, entries: [], handed: new Map(), mirrors },
    })
    expect(route.ways.map(({ reference }) => reference)[0]).toBe(expected)
    expect(route.canonical).toBe(readWantedImage(name).canonical)
  })

  test('a digest is asked for where the image is', () => {
    const way = { reference: 'localhost:5000/app:1', login: undefined, kind: 'direct' } as const
    expect(wayToDigest(way, 'sha256:abc').reference).toBe('localhost:5000/app@sha256:abc')
  })
})

test('a proof is for one login, one digest, one group, and a day', () => {
  const clock = new FakeClock()
  const proofs = new MemoryPullProofs(clock)
  const proof = {
    repository: 'ghcr.io/acme/app',
    digest: 'sha256:abc',
    login: entry('ghcr.io').login,
    group: 'acme',
  }
  proofs.record(proof)
  expect(proofs.has(proof)).toBe(true)
  expect(proofs.has({ ...proof, login: undefined })).toBe(false)
  expect(proofs.has({ ...proof, digest: 'sha256:abd' })).toBe(false)
  expect(proofs.has({ ...proof, group: undefined })).toBe(false)
  clock.advance(24 * 60 * 60_000)
  expect(proofs.has(proof)).toBe(false)
})

test('the progress of a pull counts what is downloaded', () => {
  const progress = new PullProgress('postgres:15', 0)
  progress.add({ layer: 'a', bytes: 1_000_000, totalBytes: 30_000_000 })
  progress.add({ layer: 'b', bytes: 5_000_000, totalBytes: undefined })
  progress.add({ layer: 'a', bytes: 15_000_000, totalBytes: 30_000_000 })
  expect(progress.line(10_000, 'upstream')).toBe(
    'Pulling docker image postgres:15: 20.0 MB of 35.0 MB, 2.0 MB/s, from upstream',
  )
})

test.each([
  ['hit', 0, ' (cache hit, 0 upstream requests)'],
  ['revalidated', 1, ' (cache hit, revalidated, 1 upstream request)'],
  ['stale', 1, ' (cache hit, stale: the registry does not answer, 1 upstream request)'],
  ['miss', 7, ' (cache miss, 7 upstream requests)'],
  ['hit', undefined, ' ...'],
  ['proxied', undefined, ' ...'],
  ['direct', undefined, ' ...'],
  ['local', 0, ' ...'],
] as const)('%s with %s requests is told', (source, upstreamRequests, want) => {
  expect(arrivalText({ digest: 'd', bytes: 1, source, upstreamRequests })).toBe(want)
})

test.each([
  ['hit', 'cache'],
  ['revalidated', 'cache'],
  ['stale', 'cache'],
  ['updated', 'upstream'],
  ['miss', 'upstream'],
  ['skip', 'upstream'],
  ['proxied', 'upstream'],
  ['direct', 'upstream'],
  ['local', 'local'],
] as const)('of %s the bytes came from: %s', (source, from) => {
  expect(pulledFrom(source)).toBe(from)
})

describe('turns', () => {
  test('of one key come one after the other, also behind a failure, and past other keys', async () => {
    const turns = new KeyedTurns()
    const seen: string[] = []
    const work =
      (name: string, fails = false) =>
      async () => {
        seen.push(`${name} begins`)
        await turn()
        seen.push(`${name} ends`)
        if (fails) throw new Error(name)
      }
    const first = turns.run('a', work('first', true), NEVER)
    const second = turns.run('a', work('second'), NEVER)
    await expect(first).rejects.toThrow('first')
    await second
    expect(seen).toEqual(['first begins', 'first ends', 'second begins', 'second ends'])
  })

  test('are left at once by those who are stopped; the others still wait', async () => {
    const turns = new KeyedTurns()
    let release: () => void = () => undefined
    const first = turns.run(
      'a',
      () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
      NEVER,
    )
    const stop = new AbortController()
    const second = turns.run('a', async () => 'never', stop.signal)
    let isThirdDone = false
    const third = turns.run(
      'a',
      async () => {
        isThirdDone = true
      },
      NEVER,
    )
    stop.abort(new Error('stopped'))
    await expect(second).rejects.toThrow('stopped')
    expect(isThirdDone).toBe(false)
    release()
    await Promise.all([first, third])
    expect(isThirdDone).toBe(true)
  })
})

function entry(key: string): CredentialEntry {
  const login = { kind: 'password', username: 'alice', password: 's3cret' } as const
  return { key, path: pathOfKey(key), source: 'a test', login }
}

import { describe, expect, test } from 'vitest'
import { isFor, originOf } from '../../../src/executor/images/local-image.ts'
import {
  digestInOurName,
  isImageName,
  ourDigestName,
  ourName,
  readWantedImage,
  repositoryOf,
} from '../../../src/executor/images/wanted-image.ts'

const HEX = 'a'.repeat(64)
const DIGEST = `sha256:${HEX}`
const OTHER = `sha256:${'b'.repeat(64)}`

describe('a wanted image is read', () => {
  test.each([
    ['postgres', 'postgres:latest', 'docker.io/library/postgres:latest'],
    ['postgres:12.2', 'postgres:12.2', 'docker.io/library/postgres:12.2'],
    ['index.docker.io/acme/app:1', 'index.docker.io/acme/app:1', 'docker.io/acme/app:1'],
    ['localhost:5000/app', 'localhost:5000/app:latest', 'localhost:5000/app:latest'],
    [`ghcr.io/acme/app:1@${DIGEST}`, `ghcr.io/acme/app@${DIGEST}`, `ghcr.io/acme/app@${DIGEST}`],
  ])('%s', (name, reference, canonical) => {
    expect(readWantedImage(name)).toMatchObject({ reference, canonical })
    expect(repositoryOf(reference)).toBe(readWantedImage(name).repository)
  })

  test.each(['', 'UPPER', 'a b', 'postgres:', '$IMAGE'])('and %j is none', (name) => {
    expect(isImageName(name)).toBe(false)
  })
})

describe('an image that came through a proxy is kept as', () => {
  test.each([
    ['docker.io/library/postgres:12.2', 'entrepot.invalid/docker.io/library/postgres:12.2'],
    ['registry.example:5000/app:1', 'entrepot.invalid/registry.example__5000/app:1'],
    [`ghcr.io/acme/app@${DIGEST}`, `entrepot.invalid/ghcr.io/acme/app:sha256-${HEX}`],
  ])('%s', (canonical, name) => {
    expect(ourName(canonical)).toBe(name)
  })

  test('and under a name that keeps its digest', () => {
    const name = ourDigestName('registry.example:5000/app:1', DIGEST)
    expect(name).toBe(`entrepot.invalid/registry.example__5000/app:sha256-${HEX}`)
    expect(digestInOurName(name)).toBe(DIGEST)
    expect(digestInOurName('entrepot.invalid/docker.io/library/postgres:12.2')).toBeUndefined()
    expect(digestInOurName(`elsewhere.example/app:sha256-${HEX}`)).toBeUndefined()
  })
})

describe('where a local image came from', () => {
  const platform = { os: 'linux', architecture: 'amd64' }
  const repository = 'docker.io/library/postgres'

  test.each([
    { name: 'nowhere', tags: ['own:1'], digests: [], want: { kind: 'built' } },
    {
      name: 'its registry',
      tags: [],
      digests: [`postgres@${DIGEST}`],
      want: { kind: 'pulled', digest: DIGEST },
    },
    {
      name: 'two registries: its own counts',
      tags: [],
      digests: [`quay.io/postgres@${OTHER}`, `postgres@${DIGEST}`],
      want: { kind: 'pulled', digest: DIGEST },
    },
    {
      name: 'another registry',
      tags: ['postgres:15'],
      digests: [`quay.io/postgres@${OTHER}`],
      want: { kind: 'pulled', digest: OTHER },
    },
    {
      name: 'a proxy',
      tags: [ourName(`${repository}:15`), ourDigestName(`${repository}:15`, DIGEST)],
      digests: [],
      want: { kind: 'pulled', digest: DIGEST },
    },
    {
      name: 'a proxy, its own repository before another',
      tags: [ourDigestName('ghcr.io/a/b:1', OTHER), ourDigestName(`${repository}:15`, DIGEST)],
      digests: [`ghcr.io/a/b@${OTHER}`],
      want: { kind: 'pulled', digest: DIGEST },
    },
    {
      name: 'a proxy, long ago',
      tags: [ourName(`${repository}:15`)],
      digests: [],
      want: { kind: 'unknown' },
    },
  ])('$name', ({ tags, digests, want }) => {
    expect(originOf({ id: 'sha256:1', tags, digests, platform }, repository)).toEqual(want)
  })

  test.each([
    [{ os: 'linux', architecture: 'amd64' }, { os: 'linux', architecture: 'x86_64' }, true],
    [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, { os: 'linux', architecture: 'arm64' }, true],
    [
      { os: 'linux', architecture: 'arm', variant: 'v7' },
      { os: 'linux', architecture: 'arm', variant: 'v6' },
      false,
    ],
    [{ os: 'linux', architecture: 'arm', variant: 'v7' }, { os: 'linux', architecture: 'arm' }, true],
    [{ os: 'windows', architecture: 'amd64' }, { os: 'linux', architecture: 'amd64' }, false],
  ])('%j fits %j: %s', (own, wanted, want) => {
    expect(isFor({ id: 'sha256:1', tags: [], digests: [], platform: own }, wanted)).toBe(want)
  })
})

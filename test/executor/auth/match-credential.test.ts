import { describe, expect, test } from 'vitest'
import { explainCredential, hintsFor } from '../../../src/executor/auth/explain.ts'
import { matchCredential } from '../../../src/executor/auth/match-credential.ts'
import type { CredentialEntry } from '../../../src/executor/auth/registry-login.ts'
import { pathOfImage, pathOfKey } from '../../../src/executor/auth/registry-path.ts'

describe('a key is for', () => {
  test.each([
    ['registry.example.com', 'registry.example.com'],
    ['Registry.Example.COM:5000', 'registry.example.com:5000'],
    ['https://registry.example.com:5000/v2/anything', 'registry.example.com:5000'],
    ['http://registry.example.com/', 'registry.example.com'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['index.docker.io/v1/', 'docker.io'],
    ['docker.io', 'docker.io'],
    ['registry.example.com/Team/app/', 'registry.example.com/Team/app'],
    ['registry.example.com:5000/team/app:1.2', 'registry.example.com:5000/team/app'],
  ])('%s', (key, path) => {
    expect(pathOfKey(key)).toBe(path)
  })
})

describe('an image is at', () => {
  test.each([
    ['postgres:12.2', 'docker.io/postgres'],
    ['acme/app', 'docker.io/acme/app'],
    ['index.docker.io/acme/app:1', 'docker.io/acme/app'],
    ['localhost/app', 'localhost/app'],
    ['localhost:5000/app:1', 'localhost:5000/app'],
    ['GHCR.io/acme/app:1', 'ghcr.io/acme/app'],
    [`ghcr.io/acme/app:1@sha256:${'a'.repeat(64)}`, 'ghcr.io/acme/app'],
    ['registry.example.com:5000/ns/some/image', 'registry.example.com:5000/ns/some/image'],
  ])('%s', (image, path) => {
    expect(pathOfImage(image)).toBe(path)
  })
})

describe('the login for an image', () => {
  const image = 'registry.example.com:5000/ns/some/image:1'

  test.each([
    { name: 'is the one of its registry', keys: ['registry.example.com:5000'], want: 0 },
    {
      name: 'is the one with the longest path',
      keys: [
        'registry.example.com:5000',
        'registry.example.com:5000/ns/some',
        'registry.example.com:5000/ns',
      ],
      want: 1,
    },
    { name: 'may be for the image alone', keys: ['registry.example.com:5000/ns/some/image'], want: 0 },
    { name: 'is not one of another port', keys: ['registry.example.com', 'registry.example.com:5001'] },
    { name: 'is not one of a neighbour', keys: ['registry.example.com:5000/ns/so', 'example.com:5000'] },
    { name: 'is none where there are none', keys: [] },
  ])('$name', ({ keys, want }) => {
    const entries = keys.map((key) => entry(key))
    expect(matchCredential(entries, image)).toBe(want === undefined ? undefined : entries[want])
  })
})

describe('a key that almost covers an image is told', () => {
  test.each([
    [
      'registry.example.com',
      'registry.example.com:5000/app',
      'has no port, and the image names one: write "registry.example.com:5000"',
    ],
    ['registry.example.com:5001', 'registry.example.com:5000/app', 'has port 5001, and the image names 5000'],
    ['gitlab.example.com:443', 'gitlab.example.com/app', ':443 has to be written in both or in neither'],
    ['gitlab.example.com', 'gitlab.example.com:443/app', ':443 has to be written in both or in neither'],
    [
      'registry.example.com/team',
      'registry.example.com/other/app',
      'covers only images below registry.example.com/team/',
    ],
    ['https://index.docker.io/v1/', 'ghcr.io/acme/app', undefined],
    ['ghcr.io', 'postgres:15', undefined],
  ])('%s for %s', (key, image, want) => {
    const hints = hintsFor([entry(key)], image)
    if (want === undefined) expect(hints).toEqual([])
    else expect(hints).toEqual([expect.stringContaining(want)])
  })
})

test('an explanation says what was chosen, why nothing else was, and holds no secret', () => {
  const entries = [entry('ghcr.io/acme'), entry('ghcr.io'), entry('quay.io'), entry('ghcr.io:443')]
  const explanation = explainCredential(entries, 'ghcr.io/acme/app:1')
  expect(explanation).toMatchObject({
    image: 'ghcr.io/acme/app:1',
    path: 'ghcr.io/acme/app',
    chosen: { key: 'ghcr.io/acme', source: 'a test', username: 'alice', kind: 'password' },
    others: [
      { key: 'ghcr.io', reason: 'a longer key covers it' },
      { key: 'quay.io', reason: 'it is for another registry' },
      { key: 'ghcr.io:443', reason: expect.stringContaining(':443') },
    ],
  })
  expect(JSON.stringify(explanation)).not.toContain('s3cret')
})

function entry(key: string): CredentialEntry {
  const login = { kind: 'password', username: 'alice', password: 's3cret' } as const
  return { key, path: pathOfKey(key), source: 'a test', login }
}

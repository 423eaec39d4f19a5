import { describe, expect, test } from 'vitest'
import { OciError } from '../../src/oci/errors.ts'
import { compileGlob } from '../../src/oci/glob.ts'
import { parseRepository } from '../../src/oci/reference.ts'
import { canonicalRegistry, UpstreamRouter } from '../../src/upstream/routing.ts'

const everything = [compileGlob('**')]
const router = new UpstreamRouter([
  { name: 'docker.io', url: new URL('https://registry-1.docker.io'), alias: 'hub', allow: everything },
  { name: 'ghcr.io', url: new URL('https://ghcr.io'), allow: ['acme/**', 'team/*'].map(compileGlob) },
  { name: 'Registry.example:5000', url: new URL('http://10.0.0.5:5000'), alias: 'acme', allow: everything },
  { name: 'closed.example', url: new URL('https://closed.example'), allow: [] },
])

interface Asked {
  registry?: string
  ns?: string
  repository: string
}

function route({ registry, ns, repository }: Asked) {
  return router.route({ registry, ns, repository: parseRepository(repository) })
}

describe('(d26) UpstreamRouter', () => {
  const routed: (Asked & { upstream: string; becomes: string })[] = [
    { repository: 'alpine', upstream: 'docker.io', becomes: 'library/alpine' },
    { repository: 'library/alpine', upstream: 'docker.io', becomes: 'library/alpine' },
    { repository: 'acme-corp/app', upstream: 'docker.io', becomes: 'acme-corp/app' },
    { registry: 'docker.io', repository: 'alpine', upstream: 'docker.io', becomes: 'library/alpine' },
    { registry: 'index.docker.io', repository: 'a/b', upstream: 'docker.io', becomes: 'a/b' },
    { registry: 'registry-1.docker.io', repository: 'a/b', upstream: 'docker.io', becomes: 'a/b' },
    { ns: 'docker.io', repository: 'alpine', upstream: 'docker.io', becomes: 'library/alpine' },
    { ns: 'INDEX.docker.io', repository: 'a/b', upstream: 'docker.io', becomes: 'a/b' },
    { ns: 'docker.io:443', repository: 'a/b', upstream: 'docker.io', becomes: 'a/b' },
    {
      registry: 'docker.io',
      ns: 'registry-1.docker.io',
      repository: 'a/b',
      upstream: 'docker.io',
      becomes: 'a/b',
    },
    { ns: 'ghcr.io', repository: 'acme/x/y', upstream: 'ghcr.io', becomes: 'acme/x/y' },
    { registry: 'ghcr.io', ns: 'GHCR.IO', repository: 'team/x', upstream: 'ghcr.io', becomes: 'team/x' },
    { ns: 'registry.example:5000', repository: 'app', upstream: 'Registry.example:5000', becomes: 'app' },
    { ns: '10.0.0.5:5000', repository: 'app', upstream: 'Registry.example:5000', becomes: 'app' },
    { ns: 'acme', repository: 'app', upstream: 'Registry.example:5000', becomes: 'app' },
    { repository: 'acme/app', upstream: 'Registry.example:5000', becomes: 'app' },
    { repository: 'acme/team/app', upstream: 'Registry.example:5000', becomes: 'team/app' },
    { repository: 'hub/alpine', upstream: 'docker.io', becomes: 'library/alpine' },
    {
      ns: 'registry.example:5000',
      repository: 'acme/app',
      upstream: 'Registry.example:5000',
      becomes: 'app',
    },
    // ns says which registry; there, another upstream's alias is an ordinary name.
    { ns: 'docker.io', repository: 'acme/app', upstream: 'docker.io', becomes: 'acme/app' },
    { repository: 'acme', upstream: 'docker.io', becomes: 'library/acme' },
  ]
  test.each(routed)('$registry $ns $repository', ({ upstream, becomes, ...asked }) => {
    expect(route(asked)).toEqual({ upstream, repository: becomes })
  })

  const refused: (Asked & { code: string; says: RegExp })[] = [
    {
      registry: 'quay.io',
      repository: 'a/b',
      code: 'NAME_UNKNOWN',
      says: /quay\.io.*configured: .*docker\.io, ghcr\.io/,
    },
    { ns: 'quay.io', repository: 'a/b', code: 'NAME_UNKNOWN', says: /quay\.io/ },
    { ns: 'registry.example', repository: 'a/b', code: 'NAME_UNKNOWN', says: /registry\.example is not/ },
    { ns: 'ghcr.io:5000', repository: 'acme/b', code: 'NAME_UNKNOWN', says: /ghcr\.io:5000/ },
    { registry: 'quay.io', ns: 'quay.io', repository: 'a/b', code: 'NAME_UNKNOWN', says: /quay\.io/ },
    {
      registry: 'ghcr.io',
      ns: 'docker.io',
      repository: 'a/b',
      code: 'NAME_INVALID',
      says: /ghcr\.io.*ns=docker\.io/,
    },
    { registry: 'quay.io', ns: 'docker.io', repository: 'a/b', code: 'NAME_INVALID', says: /quay\.io/ },
    { registry: 'docker.io', ns: 'quay.io', repository: 'a/b', code: 'NAME_INVALID', says: /ns=quay\.io/ },
    { registry: 'quay.io', ns: 'gcr.io', repository: 'a/b', code: 'NAME_INVALID', says: /quay\.io/ },
    { registry: 'ghcr.io', repository: 'other/app', code: 'DENIED', says: /other\/app is not among/ },
    { registry: 'ghcr.io', repository: 'team/x/y', code: 'DENIED', says: /team\/x\/y/ },
    { registry: 'closed.example', repository: 'a', code: 'DENIED', says: /closed\.example/ },
    { repository: 'a'.repeat(250), code: 'NAME_INVALID', says: /too long/ },
  ]
  test.each(refused)('$registry $ns $repository is $code', ({ code, says, ...asked }) => {
    let error: unknown
    try {
      route(asked)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(OciError)
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
  })

  test('without Docker Hub a bare name is unknown', () => {
    const small = new UpstreamRouter([
      { name: 'ghcr.io', url: new URL('https://ghcr.io'), allow: everything },
    ])
    const target = { registry: undefined, ns: undefined, repository: parseRepository('alpine') }
    expect(() => small.route(target)).toThrow(expect.objectContaining({ code: 'NAME_UNKNOWN' }))
  })

  test('a url takes no name from its owner', () => {
    const mirrored = new UpstreamRouter([
      { name: 'mirror.example', url: new URL('https://ghcr.io'), allow: everything },
      { name: 'ghcr.io', url: new URL('https://mirror.example'), allow: everything },
    ])
    const target = { registry: 'ghcr.io', ns: undefined, repository: parseRepository('a/b') }
    expect(mirrored.route(target).upstream).toBe('ghcr.io')
  })
})

test.each([
  ['docker.io', 'docker.io'],
  ['Index.Docker.IO', 'docker.io'],
  ['registry-1.docker.io:443', 'docker.io'],
  ['GHCR.io', 'ghcr.io'],
  ['localhost:5000', 'localhost:5000'],
])('canonicalRegistry(%s) = %s', (written, want) => {
  expect(canonicalRegistry(written)).toBe(want)
})

describe('a name that is looked up, not pulled', () => {
  const located: [asked: Asked, upstream: string, repository: string][] = [
    [{ repository: 'alpine' }, 'docker.io', 'library/alpine'],
    [{ repository: 'acme/app' }, 'registry.example:5000', 'app'],
    [{ registry: 'ghcr.io', repository: 'not/allowed' }, 'ghcr.io', 'not/allowed'],
    [{ registry: 'closed.example', repository: 'a/b' }, 'closed.example', 'a/b'],
    [{ registry: 'Gone.example:443', repository: 'a/b' }, 'gone.example', 'a/b'],
  ]
  test.each(located)('%j', ({ registry, repository }, upstream, becomes) => {
    const found = router.locate({ registry, ns: undefined, repository: parseRepository(repository) })
    expect({ ...found, upstream: found.upstream.toLowerCase() }).toEqual({ upstream, repository: becomes })
  })
})

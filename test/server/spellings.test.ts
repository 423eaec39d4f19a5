import { describe, expect, test } from 'vitest'
import { OciError } from '../../src/oci/errors.ts'
import { compileGlob } from '../../src/oci/glob.ts'
import { parseOciRequest } from '../../src/oci/request.ts'
import { UpstreamRouter } from '../../src/upstream/routing.ts'

const everything = [compileGlob('**')]
const router = new UpstreamRouter([
  { name: 'docker.io', url: new URL('https://registry-1.docker.io'), allow: everything },
  { name: 'quay.io', url: new URL('https://quay.io'), alias: 'quay', allow: [compileGlob('org/*')] },
  { name: 'hub.example:5000', url: new URL('https://10.0.0.5:5000'), alias: 'ours', allow: everything },
  { name: 'localhost', url: new URL('http://localhost'), allow: everything },
])

/** What a path means, in words: `quay.io org/app`, or the code of the error. */
function meaningOf(path: string): string {
  try {
    const request = parseOciRequest('GET', path)
    if (request.kind === 'ping') return 'ping'
    const { upstream, repository } = router.route(request.target)
    return `${upstream} ${repository}`
  } catch (error) {
    if (error instanceof OciError) return error.code
    throw error
  }
}

/** How a client writes an image of a registry, and which `ns` it sends: the same on every door. */
const SPELLINGS: readonly (readonly [image: string, ns: string, means: string])[] = [
  ['alpine', '', 'docker.io library/alpine'],
  ['library/alpine', '', 'docker.io library/alpine'],
  ['acme/app', '', 'docker.io acme/app'],
  ['docker.io/alpine', '', 'docker.io library/alpine'],
  ['docker.io/library/alpine', '', 'docker.io library/alpine'],
  ['index.docker.io/alpine', '', 'docker.io library/alpine'],
  ['registry-1.docker.io/acme/app', '', 'docker.io acme/app'],
  ['Docker.IO/alpine', '', 'docker.io library/alpine'],
  ['quay.io/org/app', '', 'quay.io org/app'],
  ['QUAY.io/org/app', '', 'quay.io org/app'],
  ['quay/org/app', '', 'quay.io org/app'],
  ['ours/app', '', 'hub.example:5000 app'],
  ['ours/team/app', '', 'hub.example:5000 team/app'],
  ['localhost/app', '', 'localhost app'],
  ['hub.example:5000/app', '', 'hub.example:5000 app'],
  ['my.app', '', 'docker.io library/my.app'],
  ['quay', '', 'docker.io library/quay'],
  ['localhost', '', 'docker.io library/localhost'],
  ['alpine', 'docker.io', 'docker.io library/alpine'],
  ['alpine', 'index.docker.io', 'docker.io library/alpine'],
  ['alpine', 'registry-1.docker.io:443', 'docker.io library/alpine'],
  ['org/app', 'quay.io', 'quay.io org/app'],
  ['org/app', 'QUAY.IO', 'quay.io org/app'],
  ['app', 'hub.example:5000', 'hub.example:5000 app'],
  ['app', 'hub.example%3A5000', 'hub.example:5000 app'],
  ['app', '10.0.0.5:5000', 'hub.example:5000 app'],
  ['docker.io/alpine', 'index.docker.io', 'docker.io library/alpine'],
  ['quay.io/org/app', 'quay', 'quay.io org/app'],
  ['quay/app', 'docker.io', 'docker.io quay/app'],

  ['docker.io/alpine', 'quay.io', 'NAME_INVALID'],
  ['quay.io/org/app', 'docker.io', 'NAME_INVALID'],
  ['evil.example/app', 'docker.io', 'NAME_INVALID'],
  ['evil.example/app', '', 'NAME_UNKNOWN'],
  ['app', 'evil.example', 'NAME_UNKNOWN'],
  ['app', 'hub.example', 'NAME_UNKNOWN'],
  ['quay.io/secret/app', '', 'DENIED'],
  ['Alpine', '', 'NAME_INVALID'],
  ['library/Alpine', '', 'NAME_INVALID'],
  ['hub:5000/app', '', 'NAME_INVALID'],
  ['app', 'docker.io&ns=quay.io', 'NAME_INVALID'],
  ['app', 'a/b', 'NAME_INVALID'],
  ['a..b/app', '', 'NAME_INVALID'],
  ['..', '', 'NAME_INVALID'],
]

const DOORS = [
  { door: 'the mirror', at: (image: string) => `/v2/${image}` },
  { door: 'a group', at: (image: string) => `/v2/acme/dependency_proxy/containers/${image}` },
  { door: 'a group, mounted', at: (image: string) => `/acme/dependency_proxy/containers/v2/${image}` },
] as const

describe.each(DOORS)('on the door of $door', ({ at }) => {
  test.each(SPELLINGS)('%s with ns=%s means %s', (image, ns, means) => {
    const query = ns === '' ? '' : `?ns=${ns}`
    expect(meaningOf(`${at(image)}/manifests/1${query}`)).toBe(means)
  })
})

/** The first component of the name in front of /v2: what it means is what it meant behind. */
describe.each([
  { door: 'the mirror', at: (first: string, rest: string) => `/${first}/v2/${rest}` },
  {
    door: 'a group',
    at: (first: string, rest: string) => `/acme/dependency_proxy/containers/${first}/v2/${rest}`,
  },
])('mounted at a component of $door', ({ at }) => {
  const mountable = SPELLINGS.filter(([image]) => image.includes('/') && !image.includes('..'))
  test.each(mountable)('%s with ns=%s means %s', (image, ns, means) => {
    const slash = image.indexOf('/')
    const query = ns === '' ? '' : `?ns=${ns}`
    const path = at(image.slice(0, slash), image.slice(slash + 1))
    expect(meaningOf(`${path}/manifests/1${query}`)).toBe(means)
  })
})

test.each([
  ['/v2/', 'ping'],
  ['/v2', 'ping'],
  ['/quay/v2/', 'ping'],
  ['/ghcr.io/v2', 'ping'],
  ['/acme/dependency_proxy/containers/v2/', 'ping'],
  ['/acme/dependency_proxy/containers/quay.io/v2/', 'ping'],
  ['/-acme/dependency_proxy/containers/v2/', 'NAME_INVALID'],
  ['/a//v2/', 'NAME_INVALID'],
  ['/../v2/', 'NAME_INVALID'],
  ['/%61/v2/', 'NAME_INVALID'],
  ['/a/b/v2/c/manifests/1', 'NAME_UNKNOWN'],
  ['/elsewhere', 'NAME_UNKNOWN'],
])('%s is %s', (path, means) => {
  expect(meaningOf(path)).toBe(means)
})

test('a mounted path says which door it was, and whose', () => {
  const doorOf = (path: string) => {
    const request = parseOciRequest('GET', path)
    return request.kind === 'ping' ? request.door : request.target.door
  }
  const group = { kind: 'group', group: 'acme/v2', mount: '/Acme/v2/dependency_proxy/containers' }
  expect(doorOf('/Acme/v2/dependency_proxy/containers/v2/alpine/manifests/1')).toEqual(group)
  expect(doorOf('/Acme/v2/dependency_proxy/containers/v2/')).toEqual(group)
  expect(doorOf('/quay.io/v2/org/app/manifests/1')).toEqual({ kind: 'mirror', mount: '/quay.io' })
})

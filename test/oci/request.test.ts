import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OciError } from '../../src/oci/errors.ts'
import { parseOciRequest } from '../../src/oci/request.ts'
import { ociErrorCode, ociErrorOf } from './oci-error.ts'
import { DIGEST, DIGEST_512 } from './samples.ts'

const MIRROR = { kind: 'mirror', mount: '' }
const group = (path: string) => ({ kind: 'group', group: path, mount: '' })
const tag = (text: string) => ({ kind: 'tag', tag: text })
const GROUP = '/v2/acme/dependency_proxy/containers'

describe('parseOciRequest reads', () => {
  test.each(['/v2', '/v2/', '/v2/?ns=docker.io', '/v2?x'])('the ping %s', (url) => {
    expect(parseOciRequest('GET', url)).toEqual({ kind: 'ping', door: MIRROR })
    expect(parseOciRequest('HEAD', url)).toEqual({ kind: 'ping', door: MIRROR })
  })

  test.each([
    { path: '/v2/alpine', door: MIRROR, repository: 'alpine' },
    { path: '/v2/library/alpine', door: MIRROR, repository: 'library/alpine' },
    { path: '/v2/ghcr.io/a/b', door: MIRROR, registry: 'ghcr.io', repository: 'a/b' },
    { path: '/v2/GHCR.io/a', door: MIRROR, registry: 'ghcr.io', repository: 'a' },
    { path: '/v2/localhost/a', door: MIRROR, registry: 'localhost', repository: 'a' },
    { path: '/v2/my.app', door: MIRROR, repository: 'my.app' },
    { path: '/v2/localhost', door: MIRROR, repository: 'localhost' },
    { path: '/v2/a/my.app', door: MIRROR, repository: 'a/my.app' },
    { path: '/v2/manifests', door: MIRROR, repository: 'manifests' },
    { path: '/v2/a/manifests/blobs/tags', door: MIRROR, repository: 'a/manifests/blobs/tags' },
    { path: '/v2/a/blobs/uploads', door: MIRROR, repository: 'a/blobs/uploads' },
    { path: '/v2/a/dependency_proxy/b', door: MIRROR, repository: 'a/dependency_proxy/b' },
    { path: `${GROUP}/alpine`, door: group('acme'), repository: 'alpine' },
    { path: `${GROUP}/library/alpine`, door: group('acme'), repository: 'library/alpine' },
    { path: `${GROUP}/quay.io/a/b`, door: group('acme'), registry: 'quay.io', repository: 'a/b' },
    {
      path: '/v2/Acme/Back.End/dependency_proxy/containers/a',
      door: group('acme/back.end'),
      repository: 'a',
    },
    { path: '/v2/ghcr.io/dependency_proxy/containers/a', door: group('ghcr.io'), repository: 'a' },
    {
      path: '/v2/dependency_proxy/dependency_proxy/containers/a',
      door: group('dependency_proxy'),
      repository: 'a',
    },
    {
      path: `${GROUP}/dependency_proxy/containers/a`,
      door: group('acme'),
      repository: 'dependency_proxy/containers/a',
    },
    {
      path: `${GROUP}/x/dependency_proxy/containers/a`,
      door: group('acme'),
      repository: 'x/dependency_proxy/containers/a',
    },
    {
      path: `${GROUP}/dependency_proxy/containers`,
      door: group('acme'),
      repository: 'dependency_proxy/containers',
    },
  ])('$path', ({ path, door, registry, repository }) => {
    const target = { door, registry, ns: undefined, repository }
    expect(parseOciRequest('GET', `${path}/manifests/3.20`)).toEqual({
      kind: 'manifest',
      method: 'GET',
      target,
      reference: tag('3.20'),
    })
    expect(parseOciRequest('HEAD', `${path}/manifests/${DIGEST}?ns=docker.io&x=/../`)).toEqual({
      kind: 'manifest',
      method: 'HEAD',
      target: { ...target, ns: 'docker.io' },
      reference: { kind: 'digest', digest: DIGEST },
    })
    expect(parseOciRequest('GET', `${path}/blobs/${DIGEST_512}`)).toEqual({
      kind: 'blob',
      method: 'GET',
      target,
      digest: DIGEST_512,
    })
  })

  test.each(['%3A', '%3a'])('a digest with its colon as %s', (colon) => {
    const reference = DIGEST.replace(':', colon)
    expect(parseOciRequest('GET', `/v2/a/blobs/${reference}`)).toMatchObject({ digest: DIGEST })
    expect(parseOciRequest('GET', `/v2/a/manifests/${reference}`)).toMatchObject({
      reference: { digest: DIGEST },
    })
  })

  test('the longest names', () => {
    const path = `/v2/${'g'.repeat(255)}/dependency_proxy/containers/${'a'.repeat(249)}.example/${'r'.repeat(255)}`
    expect(parseOciRequest('GET', `${path}/blobs/${DIGEST_512}`).kind).toBe('blob')
  })
})

describe('(d29) parseOciRequest refuses', () => {
  test.each(['PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'get', ''])(
    'the method "%s"',
    (method) => {
      for (const url of [
        '/v2/',
        '/v2/a/manifests/x',
        '/v2/a/blobs/uploads/',
        '/v2/a/blobs/uploads/1',
        '/v2/../x',
        '*',
      ]) {
        expect(ociErrorCode(() => parseOciRequest(method, url))).toBe('UNSUPPORTED')
      }
    },
  )

  test.each([
    '/v2/a/blobs/uploads',
    '/v2/a/blobs/uploads/',
    '/v2/a/blobs/uploads/6c1b?_state=x',
    `${GROUP}/a/blobs/uploads/`,
  ])('uploads: %s', (url) => {
    expect(ociErrorCode(() => parseOciRequest('GET', url))).toBe('UNSUPPORTED')
  })

  test.each(['/v2/_catalog', '/v2/_catalog?n=10'])('what is not offered is not found: %s', (url) => {
    expect(ociErrorCode(() => parseOciRequest('GET', url))).toBe('NAME_UNKNOWN')
  })

  test.each([
    '',
    '/',
    '*',
    '/v1/',
    '/v2x',
    '/v2x/a/manifests/b',
    '/v2/a',
    '/v2/a/',
    '/v2/a/manifests',
    '/v2/a/manifests/b/',
    '/v2/a/manifests/b/c',
    '/v2/a/blobs',
    '/v2/a/Manifests/b',
  ])('an unknown shape, naming those there are: "%s"', (url) => {
    const error = ociErrorOf(() => parseOciRequest('GET', url))
    expect(error.code).toBe('NAME_UNKNOWN')
    expect(error.message).toContain('/v2/[<registry>/]<image>/manifests/')
    expect(error.message).toContain('/v2/<group>/dependency_proxy/containers/')
  })

  const DOT = 'sha256:..'
  test.each([
    { url: '/v2/../etc/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a/../b/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a/./b/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a/manifests/..', code: 'NAME_INVALID' },
    { url: '/v2/a/manifests/.', code: 'NAME_INVALID' },
    { url: '/v2/a/blobs/..', code: 'NAME_INVALID' },
    { url: '/v2/..', code: 'NAME_INVALID' },
    { url: `/v2/a/blobs/${DOT}`, code: 'DIGEST_INVALID' },
    { url: '/v2/a//b/manifests/x', code: 'NAME_INVALID' },
    { url: '//v2/a/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2//manifests/x', code: 'NAME_INVALID' },
    { url: 'http://a.example/v2/a/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/manifests/x', code: 'NAME_INVALID' },
    { url: `/v2/blobs/${DIGEST}`, code: 'NAME_INVALID' },
    { url: '/v2/a%2fb/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a%2Fb/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a%2e%2e/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/%2e%2e/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/%61/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a%3Ab/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/%2e%2e', code: 'NAME_INVALID' },
    { url: '/v2/a/manifests/x%00', code: 'NAME_INVALID' },
    { url: '/v2/a/manifests/%2e%2e%2fb', code: 'NAME_INVALID' },
    { url: '/v2/a/manifests/sha256%253A', code: 'NAME_INVALID' },
    { url: `/v2/a/blobs/${DIGEST.replace(':', '%3A%3A')}`, code: 'NAME_INVALID' },
    { url: '/v2/a/blobs/%', code: 'NAME_INVALID' },
    { url: '/v2/a\u0000/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a/manifests/x\u0000', code: 'NAME_INVALID' },
    { url: '/v2/a/manifests/x\n', code: 'NAME_INVALID' },
    { url: '/v2/a b/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/ä/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a\\b/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a\\..\\b/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a#b/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a;b/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/Alpine/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a:5000/b/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/-a.b/c/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/a..b/c/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/ghcr.io/manifests/', code: 'TAG_INVALID' },
    { url: '/v2/dependency_proxy/containers/a/manifests/x', code: 'NAME_INVALID' },
    { url: `${GROUP}/manifests/x`, code: 'NAME_INVALID' },
    { url: `${GROUP}/Alpine/manifests/x`, code: 'NAME_INVALID' },
    { url: '/v2/-acme/dependency_proxy/containers/a/manifests/x', code: 'NAME_INVALID' },
    { url: '/v2/.acme/dependency_proxy/containers/a/manifests/x', code: 'NAME_INVALID' },
    { url: `/v2/${'g'.repeat(256)}/dependency_proxy/containers/a/manifests/x`, code: 'NAME_INVALID' },
    { url: `/v2/${'a'.repeat(256)}/manifests/x`, code: 'NAME_INVALID' },
    { url: `/v2/${'a/'.repeat(1100)}manifests/x`, code: 'NAME_INVALID' },
    { url: `/v2/a/manifests/x?${'y'.repeat(2048)}`, code: 'NAME_INVALID' },
    { url: `/v2/a/manifests/${'x'.repeat(129)}`, code: 'TAG_INVALID' },
    { url: '/v2/a/manifests/.x', code: 'TAG_INVALID' },
    { url: '/v2/a/manifests/', code: 'TAG_INVALID' },
    { url: '/v2/a/manifests/sha256:abc', code: 'DIGEST_INVALID' },
    { url: '/v2/a/manifests/x%3Ay', code: 'DIGEST_INVALID' },
    { url: `/v2/a/manifests/latest@${DIGEST}`, code: 'DIGEST_INVALID' },
    { url: '/v2/a/blobs/', code: 'DIGEST_INVALID' },
    { url: '/v2/a/blobs/latest', code: 'DIGEST_INVALID' },
    { url: `/v2/a/blobs/${DIGEST.toUpperCase()}`, code: 'DIGEST_INVALID' },
    { url: `/v2/a/blobs/${DIGEST}0`, code: 'DIGEST_INVALID' },
    { url: '/v2/a/manifests/x?ns=..', code: 'NAME_INVALID' },
    { url: '/v2/a/manifests/x?ns=a&ns=b', code: 'NAME_INVALID' },
  ])('$url with $code', ({ url, code }) => {
    expect(ociErrorCode(() => parseOciRequest('GET', url))).toBe(code)
  })

  test('upper case, saying that names are lower case', () => {
    expect(ociErrorOf(() => parseOciRequest('GET', '/v2/library/Alpine/manifests/x')).message).toContain(
      'lower case',
    )
  })

  test('anything with an OciError only', () => {
    const piece = fc.constantFrom(
      ...[
        '/',
        '/v2/',
        'a',
        'A',
        '.',
        '..',
        '%2f',
        '%3A',
        '%',
        '?ns=',
        '&',
        ':',
        'ghcr.io',
        'localhost',
        '\\',
        '\u0000',
      ],
      ...[
        '/manifests/',
        '/blobs/',
        '/dependency_proxy/containers/',
        'dependency_proxy',
        'uploads',
        'latest',
        DIGEST,
      ],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, prefixed) => {
        const url = `${prefixed ? '/v2/' : ''}${pieces.join('')}`
        try {
          const request = parseOciRequest('GET', url)
          if (request.kind !== 'ping') expect(request.target.repository).toMatch(/^[a-z0-9][a-z0-9._/-]*$/)
        } catch (error) {
          expect(error).toBeInstanceOf(OciError)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a request written from its parts is read as those parts', () => {
  const component = fc.stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,4})?$/)
  const plain = component.filter((text) => !text.includes('.') && text !== 'localhost')
  const repository = fc
    .tuple(plain, fc.array(component, { maxLength: 3 }))
    .map(([head, rest]) => [head, ...rest].join('/'))
  const registry = fc.constantFrom(undefined, 'ghcr.io', 'localhost', 'registry-1.docker.io')
  const door = fc.option(fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')))
  const ns = fc.constantFrom(undefined, 'quay.io', 'a.example:5000')

  test('on both doors', () => {
    fc.assert(
      fc.property(door, registry, repository, ns, (groupPath, host, name, namespace) => {
        const prefix = groupPath === null ? '/v2' : `/v2/${groupPath}/dependency_proxy/containers`
        const query = namespace === undefined ? '' : `?ns=${encodeURIComponent(namespace)}`
        const image = host === undefined ? name : `${host}/${name}`
        expect(parseOciRequest('GET', `${prefix}/${image}/manifests/latest${query}`)).toEqual({
          kind: 'manifest',
          method: 'GET',
          target: {
            door: groupPath === null ? MIRROR : group(groupPath),
            registry: host,
            ns: namespace,
            repository: name,
          },
          reference: tag('latest'),
        })
      }),
    )
  })
})

import { describe, expect, test } from 'vitest'
import { parseOciRequest } from '../../src/oci/request.ts'
import { ociErrorCode } from './oci-error.ts'
import { DIGEST } from './samples.ts'

const GROUP = '/acme/dependency_proxy/containers'

describe('a list of tags', () => {
  test.each([
    { url: '/v2/a/tags/list', name: 'a', n: undefined, last: undefined },
    { url: '/v2/tags/list/tags/list', name: 'tags/list', n: undefined, last: undefined },
    { url: '/v2/ghcr.io/a/b/tags/list?n=5', name: 'ghcr.io/a/b', n: 5, last: undefined },
    { url: `/v2${GROUP}/a/tags/list?last=x`, name: `${GROUP.slice(1)}/a`, n: undefined, last: 'x' },
    { url: `${GROUP}/v2/a/tags/list?n=0&last=`, name: 'a', n: 0, last: undefined },
    { url: '/quay/v2/org/app/tags/list?last=v1.0_x&n=10', name: 'org/app', n: 10, last: 'v1.0_x' },
  ])('$url', ({ url, name, n, last }) => {
    expect(parseOciRequest('GET', url)).toMatchObject({
      kind: 'tags',
      method: 'GET',
      name,
      range: { n, last },
    })
    expect(parseOciRequest('HEAD', `${url}`)).toMatchObject({ kind: 'tags', method: 'HEAD' })
  })

  test.each([
    ['/v2/a/tags/list?n=', 'PAGINATION_NUMBER_INVALID'],
    ['/v2/a/tags/list?n=x', 'PAGINATION_NUMBER_INVALID'],
    ['/v2/a/tags/list?n=-1', 'PAGINATION_NUMBER_INVALID'],
    ['/v2/a/tags/list?n=1e3', 'PAGINATION_NUMBER_INVALID'],
    ['/v2/a/tags/list?n=9999999999', 'PAGINATION_NUMBER_INVALID'],
    ['/v2/a/tags/list?last=%2e%2e', 'TAG_INVALID'],
    ['/v2/a/tags/list?last=%zz', 'NAME_INVALID'],
    ['/v2/A/tags/list', 'NAME_INVALID'],
    ['/v2/tags/list', 'NAME_INVALID'],
    ['/v2/a/tags/', 'NAME_UNKNOWN'],
    ['/v2/a/tags/list/', 'NAME_UNKNOWN'],
  ])('%s is %s', (url, code) => {
    expect(ociErrorCode(() => parseOciRequest('GET', url))).toBe(code)
  })
})

describe('referrers', () => {
  test.each([
    [`/v2/a/referrers/${DIGEST}`, undefined],
    [`/v2/a/referrers/${DIGEST.replace(':', '%3A')}?artifactType=`, undefined],
    [`/v2/a/referrers/${DIGEST}?artifactType=application/a.b%2Bjson`, 'application/a.b+json'],
    [`/v2/a/referrers/${DIGEST}?ns=docker.io&artifactType=application/a.b+json`, 'application/a.b+json'],
  ])('%s', (url, artifactType) => {
    expect(parseOciRequest('GET', url)).toMatchObject({ kind: 'referrers', digest: DIGEST, artifactType })
  })

  test.each([
    ['/v2/a/referrers/latest', 'DIGEST_INVALID'],
    ['/v2/a/referrers/', 'DIGEST_INVALID'],
    [`/v2/referrers/${DIGEST}`, 'NAME_INVALID'],
  ])('%s is %s', (url, code) => {
    expect(ociErrorCode(() => parseOciRequest('GET', url))).toBe(code)
  })
})

import { describe, expect, test } from 'vitest'
import { namespaceOf } from '../../src/oci/namespace-query.ts'
import { ociErrorCode } from './oci-error.ts'

describe('namespaceOf', () => {
  test.each([
    { query: '', want: undefined },
    { query: 'x=y', want: undefined },
    { query: 'nss=a.example&xns=b.example&ns', want: undefined },
    { query: 'x=%zz', want: undefined },
    { query: 'ns=docker.io', want: 'docker.io' },
    { query: 'ns=Docker.IO', want: 'docker.io' },
    { query: 'ns=a.example%3A5000', want: 'a.example:5000' },
    { query: 'ns=a.example:5000', want: 'a.example:5000' },
    { query: 'ns=%5B%3A%3A1%5D%3A5000', want: '[::1]:5000' },
    { query: 'x=y&ns=ghcr.io&z', want: 'ghcr.io' },
    { query: 'ns=ghcr.io&ns=GHCR.io', want: 'ghcr.io' },
  ])('of "$query" is $want', ({ query, want }) => {
    expect(namespaceOf(query)).toBe(want)
  })

  test.each([
    'ns=',
    'ns=a/b',
    'ns=..',
    'ns=%2e%2e',
    'ns=a%2fb',
    'ns=a%00',
    'ns=a%0d%0ab',
    'ns=%',
    'ns=%zz',
    'ns=%ff',
    'ns=a=b',
    'ns=a+b',
    'ns=http://a.example',
    'ns=ghcr.io&ns=quay.io',
    'ns=ghcr.io&ns=',
  ])('refuses "%s"', (query) => {
    expect(ociErrorCode(() => namespaceOf(query))).toBe('NAME_INVALID')
  })
})

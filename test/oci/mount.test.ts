import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findMount } from '../../src/oci/mount.ts'

const GROUP = '/acme/web/dependency_proxy/containers'

describe('findMount', () => {
  test.each([
    { path: '/v2', mount: '', rest: '' },
    { path: '/v2/', mount: '', rest: '/' },
    { path: '/v2/a/manifests/b', mount: '', rest: '/a/manifests/b' },
    { path: '/v2/ghcr.io/v2/a/manifests/b', mount: '', rest: '/ghcr.io/v2/a/manifests/b' },
    { path: '/ghcr.io/v2', mount: '/ghcr.io', rest: '' },
    { path: '/ghcr.io/v2/', mount: '/ghcr.io', rest: '/' },
    { path: '/ghcr.io/v2/a/manifests/b', mount: '/ghcr.io', rest: '/a/manifests/b' },
    { path: '/quay/v2/a/v2/b/manifests/c', mount: '/quay', rest: '/a/v2/b/manifests/c' },
    { path: `${GROUP}/v2/`, mount: GROUP, rest: '/' },
    { path: `${GROUP}/v2/a/manifests/b`, mount: GROUP, rest: '/a/manifests/b' },
    { path: `${GROUP}/ghcr.io/v2/a/manifests/b`, mount: `${GROUP}/ghcr.io`, rest: '/a/manifests/b' },
    {
      path: '/acme/v2/dependency_proxy/containers/v2/a/manifests/b',
      mount: '/acme/v2/dependency_proxy/containers',
      rest: '/a/manifests/b',
    },
    {
      path: '/acme/v2/dependency_proxy/containers/a/manifests/b',
      mount: '/acme',
      rest: '/dependency_proxy/containers/a/manifests/b',
    },
  ])('$path', ({ path, mount, rest }) => {
    expect(findMount(path)).toEqual({ mount, rest })
  })

  test.each([
    '',
    '/',
    '*',
    'v2/',
    '//v2/',
    '/v2x/a',
    '/elsewhere',
    '/a/v2x/b',
    '/a/b/v2/c/manifests/d',
    `${GROUP}/a/b/v2/c/manifests/d`,
    `${GROUP}/a/manifests/b`,
  ])('nothing in %s', (path) => {
    expect(findMount(path)).toBeUndefined()
  })

  test('takes a path apart without losing any of it', () => {
    const part = fc.constantFrom('v2', 'a', 'ghcr.io', 'dependency_proxy', 'containers', 'manifests')
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 9 }), (parts) => {
        const path = `/${parts.join('/')}`
        const found = findMount(path)
        if (found !== undefined) expect(`${found.mount}/v2${found.rest}`).toBe(path)
      }),
    )
  })
})

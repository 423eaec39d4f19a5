import { expect, test } from 'vitest'
import { ciVariables } from '../../src/auth/ci-variables.ts'
import { parseGroupPath } from '../../src/oci/group-path.ts'

test.each([
  { url: 'https://cache.example', server: 'cache.example:443' },
  { url: 'https://cache.example:443/', server: 'cache.example:443' },
  { url: 'https://Cache.Example:5443', server: 'cache.example:5443' },
  { url: 'http://cache.example', server: 'cache.example:80' },
  { url: 'http://10.0.0.7:5000', server: '10.0.0.7:5000' },
  { url: 'http://[fd00::7]:5000', server: '[fd00::7]:5000' },
])('a job that reaches the server at $url', ({ url, server }) => {
  const variables = ciVariables({ url: new URL(url), group: parseGroupPath('acme'), secret: 'epj_x' })
  expect(variables).toEqual({
    CI_DEPENDENCY_PROXY_USER: 'gitlab-ci-token',
    CI_DEPENDENCY_PROXY_PASSWORD: 'epj_x',
    CI_DEPENDENCY_PROXY_SERVER: server,
    CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX: `${server}/acme/dependency_proxy/containers`,
    CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX: `${server}/acme/dependency_proxy/containers`,
  })
})

test.each([
  { group: 'acme', topLevel: 'acme', direct: 'acme' },
  { group: 'Acme/Web', topLevel: 'acme', direct: 'acme/web' },
  { group: 'acme/web/api', topLevel: 'acme', direct: 'acme/web/api' },
])('a job of $group', ({ group, topLevel, direct }) => {
  const url = new URL('https://cache.example')
  expect(ciVariables({ url, group: parseGroupPath(group), secret: 's' })).toMatchObject({
    CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX: `cache.example:443/${topLevel}/dependency_proxy/containers`,
    CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX: `cache.example:443/${direct}/dependency_proxy/containers`,
  })
})

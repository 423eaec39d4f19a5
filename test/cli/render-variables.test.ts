import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { ciVariables } from '../../src/auth/ci-variables.ts'
import { type Format, renderVariables } from '../../src/cli/render-variables.ts'
import { parseGroupPath } from '../../src/oci/group-path.ts'

const EXPIRES = '2026-01-01T01:00:00.000Z'

function render(format: Format, at = 'https://cache.example', secret = 'epj_x'): string {
  const url = new URL(at)
  const variables = ciVariables({ url, group: parseGroupPath('acme/web'), secret })
  return renderVariables(format, { id: 'x', expiresAt: EXPIRES, url, variables })
}

test('dotenv is a line for each', () => {
  expect(render('dotenv')).toBe(`CI_DEPENDENCY_PROXY_USER=gitlab-ci-token
CI_DEPENDENCY_PROXY_PASSWORD=epj_x
CI_DEPENDENCY_PROXY_SERVER=cache.example:443
CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX=cache.example:443/acme/dependency_proxy/containers
CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX=cache.example:443/acme/web/dependency_proxy/containers
`)
})

test('json says which credential it is, too', () => {
  expect(JSON.parse(render('json'))).toMatchObject({
    id: 'x',
    expiresAt: EXPIRES,
    variables: { CI_DEPENDENCY_PROXY_PASSWORD: 'epj_x' },
  })
})

test('shell is what a shell makes of it, whatever is in there', () => {
  const secret = `it's $HOME "and" \`more\` \\ ;`
  const script = `${render('shell', 'https://cache.example', secret)}printf %s "$CI_DEPENDENCY_PROXY_PASSWORD"`
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(secret)
})

describe('docker-config logs in at', () => {
  test.each([
    { url: 'https://cache.example', hosts: ['cache.example:443', 'cache.example'] },
    { url: 'http://cache.example', hosts: ['cache.example:80', 'cache.example'] },
    { url: 'https://cache.example:80', hosts: ['cache.example:80'] },
    { url: 'http://127.0.0.1:5000', hosts: ['127.0.0.1:5000'] },
  ])('$url: $hosts', ({ url, hosts }) => {
    const { auths } = JSON.parse(render('docker-config', url)) as { auths: Record<string, { auth: string }> }
    expect(Object.keys(auths)).toEqual(hosts)
    for (const { auth } of Object.values(auths))
      expect(Buffer.from(auth, 'base64').toString()).toBe('gitlab-ci-token:epj_x')
  })
})

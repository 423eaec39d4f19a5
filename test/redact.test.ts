import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mintSecret } from '../src/auth/secret.ts'
import { redactorFor, redactSecrets, redactText, redactUrl } from '../src/redact.ts'

describe('redactUrl', () => {
  test.each([
    ['https://cdn.example/a/b?X-Amz-Signature=s3cr3t', 'https://cdn.example/a/b'],
    ['https://user:s3cr3t@cdn.example:8443/a#s3cr3t', 'https://cdn.example:8443/a'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5000/'],
    ['https://[2001:db8::1]/x?s3cr3t', 'https://[2001:db8::1]/x'],
    ['s3cr3t', '(not a URL)'],
    ['', '(not a URL)'],
  ])('%s is shown as %s', (url, want) => {
    expect(redactUrl(url)).toBe(want)
  })

  test('no query, user or fragment is ever shown', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/)
    const path = fc.webPath()
    fc.assert(
      fc.property(fc.webAuthority(), path, secret, (authority, pathname, hidden) => {
        const shown = redactUrl(`https://u:${hidden}@${authority}${pathname}?sig=${hidden}#${hidden}`)
        return !`${shown}`.replace(pathname, '').replace(authority, '').includes(hidden)
      }),
    )
  })
})

test('redactText hides what URLs in a sentence carry, and control characters', () => {
  const text = 'see https://cdn.example/x?sig=s3cr3t, or\r\n"s3://k:s3cr3t@bucket/y?z=s3cr3t"\u0000 end'
  const shown = redactText(text)
  expect(shown).not.toContain('s3cr3t')
  expect(shown).toContain('https://cdn.example/x')
  expect(shown).not.toMatch(/\p{Cc}/u)
  expect(shown).toMatch(/end$/)
})

describe('redactSecrets', () => {
  test.each([
    ['Authorization: Basic Z2l0bGFiLWNpLXRva2VuOnM=', 'Authorization: Basic [redacted]'],
    ['bearer 0123456789abcdef', 'bearer [redacted]'],
    ['token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln ended', 'token [redacted] ended'],
    ['to https://alice:hunter2@proxy.example:3128/x', 'to https://[redacted]@proxy.example:3128/x'],
    ['/v2/app?ns=docker.io&token=hunter2&x=1', '/v2/app?ns=docker.io&token=[redacted]&x=1'],
    ['https://cdn.example/x?X-Amz-Signature=hunter2', 'https://cdn.example/x?X-Amz-Signature=[redacted]'],
    ['{"url":"/a?access_token=hunter2","b":1}', '{"url":"/a?access_token=[redacted]","b":1}'],
  ])('%s is shown as %s', (text, want) => {
    expect(redactSecrets(text)).toBe(want)
  })

  test.each([
    'Bearer realm="http://127.0.0.1/jwt/auth",service="dependency_proxy"',
    'basic authentication is asked for',
    'GET /v2/acme/dependency_proxy/containers/redis/manifests/7?ns=docker.io',
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'there is no credential 0123456789AB',
  ])('%s stays as it is', (text) => {
    expect(redactSecrets(text)).toBe(text)
  })

  test.each(['token', 'job'] as const)('a secret of a %s is cut down to whose it is', (kind) => {
    const { id, secret } = mintSecret(kind, randomBytes)
    const shown = redactSecrets(`login with ${secret}, twice: "${secret}"`)
    expect(shown).not.toContain(secret.slice(-36))
    expect(shown.split(`${id}_[redacted]`)).toHaveLength(3)
  })
})

describe('redactorFor', () => {
  test('hides passwords that it was told, in JSON too, the longer of two first', () => {
    const redact = redactorFor(['hunter2', 'hunter2-longer', 'with "quotes"'])
    const text = JSON.stringify({ a: 'hunter2-longer', b: 'is hunter2', c: 'with "quotes"' })
    expect(JSON.parse(redact(text))).toEqual({ a: '[redacted]', b: 'is [redacted]', c: '[redacted]' })
    expect(redact('with "quotes"')).toBe('[redacted]')
  })

  test('takes no words apart for a password of a few letters', () => {
    expect(redactorFor(['e', '', 'cat'])('the catalog')).toBe('the catalog')
  })
})

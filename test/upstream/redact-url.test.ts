import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactText, redactUrl } from '../../src/upstream/redact-url.ts'

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

import { describe, expect, test } from 'vitest'
import { readAuthorization } from '../../src/auth/authorization.ts'

const basic = (text: string): string => Buffer.from(text).toString('base64')

describe('an Authorization header', () => {
  test.each([
    [`Basic ${basic('user:pass')}`, { scheme: 'basic', username: 'user', password: 'pass' }],
    [`basic ${basic('user:pa:ss')}`, { scheme: 'basic', username: 'user', password: 'pa:ss' }],
    [`BASIC  ${basic(':')}`, { scheme: 'basic', username: '', password: '' }],
    ['Bearer abc.def-_~+/==', { scheme: 'bearer', token: 'abc.def-_~+/==' }],
    ['bearer x', { scheme: 'bearer', token: 'x' }],
  ])('%s', (header, want) => {
    expect(readAuthorization(header)).toEqual(want)
  })

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a,Bearer b',
    `Basic ${basic('no colon')}`,
    'Digest a="b"',
    'Basic ***',
    `Bearer ${'a'.repeat(9_000)}`,
  ])('that says nothing: %.30s', (header) => {
    expect(readAuthorization(header)).toBeUndefined()
  })
})

import { expect, test } from 'vitest'
import { shortToken } from '../../src/runner/short-token.ts'

test.each([
  ['glrt-abcdefghijklmnop', 'abcdefghi'],
  ['glrt-t1_abcdefghijklmnop', 'abcdefghi'],
  ['t3_abcdefghijklmnop', 'abcdefghi'],
  ['glrtr-abcdefghijklmnop', 'abcdefghi'],
  ['GR1348941abcdefghijklmnop', 'abcdefghi'],
  ['abcdefghijklmnop', 'abcdefghi'],
  ['abc', 'abc'],
  ['', ''],
])('%s is shown as %s', (token, shown) => expect(shortToken(token)).toBe(shown))

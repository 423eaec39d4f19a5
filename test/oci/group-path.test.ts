import { describe, expect, test } from 'vitest'
import { isGroupPath, parseGroupPath } from '../../src/oci/group-path.ts'
import { ociErrorCode } from './oci-error.ts'

describe('group path', () => {
  test.each(['acme', 'acme/backend', 'a.b', '_a_', 'a-', 'a--b', '0', 'g'.repeat(255)])(
    'accepts %s',
    (text) => {
      expect(parseGroupPath(text)).toBe(text)
    },
  )

  test('(d26) is made lower case', () => {
    expect(parseGroupPath('Acme/BackEnd')).toBe('acme/backend')
  })

  test.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    '.',
    '..',
    'a/../b',
    '.a',
    'a.',
    '-a',
    'a/-b',
    'a b',
    'a:b',
    'a%62',
    'ä',
    'İ',
    'a\n',
    'g'.repeat(256),
  ])('refuses %j', (text) => {
    expect(isGroupPath(text)).toBe(false)
    expect(ociErrorCode(() => parseGroupPath(text))).toBe('NAME_INVALID')
  })

  test.each(['a.', 'a', '.', 'a-.'])('a long near miss of %j ends well before the test times out', (unit) => {
    expect(isGroupPath(`${unit.repeat(240 / unit.length)}!`)).toBe(false)
  })
})

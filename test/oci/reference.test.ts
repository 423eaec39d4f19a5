import { describe, expect, test } from 'vitest'
import {
  formatImage,
  formatReference,
  isRepository,
  parseReference,
  parseRepository,
} from '../../src/oci/reference.ts'
import { ociErrorCode, ociErrorOf } from './oci-error.ts'
import { DIGEST } from './samples.ts'

describe('repository', () => {
  test.each(['alpine', 'library/alpine', 'a/b/c/d/e/f/g', 'a.b_c__d-e--f', '0/1', 'a'.repeat(255)])(
    'accepts %s',
    (text) => {
      expect(parseRepository(text)).toBe(text)
    },
  )

  test.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a.',
    'a..b',
    'a___b',
    '-a',
    'a-',
    'a/../b',
    'a/./b',
    'a b',
    'a\n',
    'ä',
    'a:b',
    'a@b',
    'a'.repeat(256),
  ])('refuses %j', (text) => {
    expect(isRepository(text)).toBe(false)
    expect(ociErrorCode(() => parseRepository(text))).toBe('NAME_INVALID')
  })

  test('tells that names are lower case', () => {
    const error = ociErrorOf(() => parseRepository('Library/Alpine'))
    expect(error.code).toBe('NAME_INVALID')
    expect(error.message).toContain('lower case')
    expect(error.message).toContain('"library/alpine"')
  })

  test.each(['a-', 'a', 'a__', 'a/', '-'])(
    'a long near miss of %j ends well before the test times out',
    (unit) => {
      expect(isRepository(`${unit.repeat(240 / unit.length)}!`)).toBe(false)
    },
  )
})

describe('reference', () => {
  test.each([
    { text: 'latest', kind: 'tag' },
    { text: '_1.2-RC', kind: 'tag' },
    { text: 'x'.repeat(128), kind: 'tag' },
    { text: 'sha256-abc', kind: 'tag' },
    { text: DIGEST, kind: 'digest' },
  ])('reads $text as a $kind', ({ text, kind }) => {
    const reference = parseReference(text)
    expect(reference.kind).toBe(kind)
    expect(formatReference(reference)).toBe(text)
  })

  test.each([
    { text: '', code: 'TAG_INVALID' },
    { text: '.latest', code: 'TAG_INVALID' },
    { text: '-latest', code: 'TAG_INVALID' },
    { text: 'x'.repeat(129), code: 'TAG_INVALID' },
    { text: 'a b', code: 'TAG_INVALID' },
    { text: 'sha256:abc', code: 'DIGEST_INVALID' },
    { text: 'md5:d41d8cd98f00b204e9800998ecf8427e', code: 'DIGEST_INVALID' },
  ])('refuses $text', ({ text, code }) => {
    expect(ociErrorCode(() => parseReference(text))).toBe(code)
  })

  test('is written as people write it', () => {
    const repository = parseRepository('library/alpine')
    expect(formatImage(repository, parseReference('3'))).toBe('library/alpine:3')
    expect(formatImage(repository, parseReference(DIGEST))).toBe(`library/alpine@${DIGEST}`)
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileGlob } from '../../../src/pipeline/glob/compile-glob.ts'
import { fnmatch } from './fnmatch.ts'

test.each([
  ['Dockerfile', 'Dockerfile', true],
  ['Dockerfile', 'docker/Dockerfile', false],
  ['*', 'README.md', true],
  ['*', '.env', true],
  ['*', 'docs/a.md', false],
  ['docs/*', 'docs/a.md', true],
  ['docs/**', 'docs/a.md', true],
  ['docs/**', 'docs/deep/a.md', false],
  ['docs/**/*', 'docs/a.md', true],
  ['docs/**/*', 'docs/deep/deeper/a.md', true],
  ['**/*.md', 'a.md', true],
  ['**/*.md', '.github/a.md', true],
  ['**/**/a', 'x/y/a', true],
  ['a**/b', 'ax/b', true],
  ['a**/b', 'ax/y/b', false],
  ['*.{ts,tsx}', 'a.tsx', true],
  ['{a,b/**/}c', 'b/x/y/c', true],
  ['{src,test}/{a,{b,c}}', 'test/c', true],
  ['{a', '{a', false],
  ['a}', 'a}', true],
  ['\\*.md', '*.md', true],
  ['\\*.md', 'a.md', false],
  ['[!a]b', 'cb', true],
  ['[!a]b', 'ab', false],
  ['x[!a]b', 'x/b', false],
  ['x[.-9]b', 'x/b', false],
  ['x[.-9]b', 'x5b', true],
  ['[a', '[a', false],
  ['?.md', 'ü.md', true],
  ['a/b/', 'a/b/', true],
  ['./a', 'a', false],
  ['a.c', 'abc', false],
])('%s of %s: %s', (glob, path, want) => {
  expect(compileGlob(glob).test(path)).toBe(want)
  expect(fnmatch(glob, path)).toBe(want)
})

test('agrees with what Ruby does, whatever is written', () => {
  const part = fc.constantFrom(
    ...['a', 'b', '.', '/', '*', '**', '**/', '/**/', '?', '{', '}', ',', '{a,b}', '[', ']', '[!a]', '[a-c]'],
    ...['[^', '-', '!', '\\', 'ü', '[b-a]', '[]', '[!]', '{,a/}', '$', '+', '(', '|'],
  )
  const glob = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''))
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c', '.', '/', 'ü', '-', '*', '{', '\\'), { maxLength: 8 })
    .map((letters) => letters.join(''))
  fc.assert(
    fc.property(glob, path, (written, file) => {
      expect(compileGlob(written).test(file)).toBe(fnmatch(written, file))
    }),
    { numRuns: 3000 },
  )
})

test('braces that multiply without end are refused', () => {
  expect(() => compileGlob('{a,b}'.repeat(12))).toThrow('more than 1000 patterns')
})

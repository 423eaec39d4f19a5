import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileGlob, GlobSyntaxError } from '../../src/oci/glob.ts'

describe('compileGlob', () => {
  test.each([
    {
      pattern: 'library/*',
      yes: ['library/alpine', 'library/'],
      no: ['library', 'library/a/b', 'xlibrary/a'],
    },
    { pattern: 'acme/**', yes: ['acme/a', 'acme/a/b/c', 'acme/'], no: ['acme', 'acmex/a'] },
    { pattern: '*', yes: ['', 'latest'], no: ['a/b'] },
    { pattern: '**', yes: ['', 'a', 'a/b'], no: [] },
    { pattern: '***', yes: ['a/b'], no: [] },
    { pattern: '**/app', yes: ['a/app', 'a/b/app', '/app'], no: ['app', 'a/apps'] },
    { pattern: 'a/*/c', yes: ['a/b/c', 'a//c'], no: ['a/c', 'a/b/b/c'] },
    { pattern: '*-alpine', yes: ['3-alpine', '-alpine', '-alpine-alpine'], no: ['alpine', '3-alpine3'] },
    { pattern: '*a*b*', yes: ['ab', 'xaxbx', 'aab'], no: ['ba', 'a/b'] },
    { pattern: '**a*b', yes: ['x/ab', 'a/a/ab', 'ab/ab'], no: ['a/b', 'x/a/b'] },
    { pattern: '[0-9]*', yes: ['1', '16-alpine'], no: ['', 'v1', 'latest'] },
    { pattern: '[!0-9]*', yes: ['latest'], no: ['', '1', '/'] },
    { pattern: '[^a-c]', yes: ['d', '1'], no: ['a', 'b', 'c', '/', ''] },
    { pattern: '[a-c1_]', yes: ['a', 'b', 'c', '1', '_'], no: ['d', '-', '2'] },
    { pattern: '[-a]', yes: ['-', 'a'], no: ['b'] },
    { pattern: '[a-]', yes: ['-', 'a'], no: ['b'] },
    { pattern: '[!-/]', yes: ['a'], no: ['-', '/'] },
    { pattern: '[.-0]', yes: ['.', '0'], no: ['/', '1'] },
    { pattern: '[*?]', yes: ['*', '?'], no: ['a'] },
    { pattern: 'a?c', yes: ['abc', 'a?c'], no: ['ac', 'a/c', 'abbc'] },
    { pattern: 'a.b+(c)|^$', yes: ['a.b+(c)|^$'], no: ['axb+(c)|^$'] },
    { pattern: 'a]b', yes: ['a]b'], no: ['ab'] },
    { pattern: 'a\\*', yes: ['a\\', 'a\\b'], no: ['a*'] },
    { pattern: '', yes: [''], no: ['a'] },
    { pattern: 'latest', yes: ['latest'], no: ['latest2', 'Latest', ''] },
  ])('$pattern', ({ pattern, yes, no }) => {
    const matches = compileGlob(pattern)
    expect(yes.filter((text) => !matches(text))).toEqual([])
    expect(no.filter((text) => matches(text))).toEqual([])
  })

  test.each(['[', 'a[', '[a', '[]', '[!]', '[^]', '[z-a]', 'a/[0-9'])('refuses %s', (pattern) => {
    expect(() => compileGlob(pattern)).toThrow(GlobSyntaxError)
  })

  test('agrees with a regular expression of the same meaning', () => {
    const piece = fc.constantFrom('*', '**', '?', '[ab]', '[!a]', 'a', 'b', '/')
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 })
    // Pieces that run together would make other stars of themselves: a literal stands between them.
    const pattern = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('a'))
    fc.assert(
      fc.property(pattern, text, (glob, candidate) => {
        const source = glob.replace(/\*\*|\*|\?|\[!a\]/g, (found) => {
          if (found === '**') return '.*'
          if (found === '*') return '[^/]*'
          return found === '?' ? '[^/]' : '[^a/]'
        })
        expect(compileGlob(glob)(candidate)).toBe(new RegExp(`^${source}$`).test(candidate))
      }),
      { numRuns: 2000 },
    )
  })

  test('many stars on a long text end well before the test times out', () => {
    const matches = compileGlob(`${'*a'.repeat(40)}b`)
    expect(matches('a'.repeat(20_000))).toBe(false)
    expect(matches(`${'a'.repeat(20_000)}b`)).toBe(true)
  })
})

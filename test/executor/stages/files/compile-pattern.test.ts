import { describe, expect, test } from 'vitest'
import { compilePattern } from '../../../../src/executor/stages/files/compile-pattern.ts'
import { GlobSyntaxError } from '../../../../src/oci/glob.ts'

const rows: readonly [pattern: string, matches: readonly string[], not: readonly string[]][] = [
  ['*.xml', ['a.xml', '.xml'], ['a/b.xml', 'a.xml.gz']],
  ['**/*.xml', ['a.xml', 'a/b.xml', 'a/.b/c.xml'], ['a/b.xm']],
  ['a/**', ['a/b', 'a/b/.c'], ['ab', 'b/a/c']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['a/xb', 'ab']],
  ['a**/b', ['a/b', 'axx/b'], ['a/x/b']],
  ['a/x**', ['a/x', 'a/xy'], ['a/x/y']],
  ['?.txt', ['a.txt', '..txt'], ['.txt', 'ab.txt', '/.txt']],
  ['[a-c].txt', ['b.txt'], ['d.txt', '[a-c].txt']],
  ['[!a-c].txt', ['d.txt'], ['a.txt']],
  ['[^a-c].txt', ['d.txt'], ['a.txt']],
  ['a/**/**/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/x']],
  ['{a,b/c}.txt', ['a.txt', 'b/c.txt'], ['b.txt']],
  ['out/{debug,release}/*', ['out/debug/app', 'out/release/.x'], ['out/test/app']],
  ['{a,b{c,d/**}}', ['a', 'bc', 'bd/x'], ['b', 'bx']],
  ['{a,{b,c}}[{,]{d,}', ['a{d', 'b,', 'c{'], ['ad', 'b{,']],
  ['a\\*', ['a*'], ['ab']],
  ['\\{a,b\\}\\[*', ['{a,b}[c'], ['a[c']],
  ['report (1)*.txt', ['report (1).txt', 'report (1) b.txt'], ['report 1.txt']],
  ['+(a)*', ['+(a)', '+(a)b'], ['aa', 'a']],
  ['!(a)*', ['!(a)b'], ['b']],
  ['a|b*', ['a|bc'], ['a', 'bc']],
  ['!a*', ['!ab'], ['b']],
  ['"a"*', ['"a"b'], ['ab']],
  ['a.b+c$^*', ['a.b+c$^d'], ['axb+c$^d']],
  ['ä*/€?', ['äö/€1'], ['ä/€']],
]

describe('compilePattern', () => {
  test.each(rows)('%s', (pattern, matching, others) => {
    const matches = compilePattern(pattern)
    expect(matching.filter((path) => !matches(path))).toEqual([])
    expect(others.filter((path) => matches(path))).toEqual([])
  })

  test.each(['a{b', '[a', 'a[]', '{a,[b}c'])('%s is none', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(GlobSyntaxError)
  })

  test.each([
    ['braces that multiply', '{a,b}'.repeat(30), 'stands for too many others'],
    ['choices that are long', `{${'a,'.repeat(400)}}${'b'.repeat(1000)}`, 'stands for too many others'],
    ['braces in braces without end', '{'.repeat(4096), 'has braces more than 100 deep'],
    ['more than a path can have', 'a*'.repeat(2049), 'is longer than 4096 characters'],
  ])('%s are refused', (_, pattern, told) => {
    expect(() => compilePattern(pattern)).toThrow(told)
  })

  test('a long name that nearly matches takes no time', () => {
    const matches = compilePattern('**/*a*/**/*a*a*a*a*a*a*b')
    const startedAt = performance.now()
    expect(matches(`${'a/'.repeat(60)}${'a'.repeat(200)}`)).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ByteFilter } from '../../../src/executor/trace/byte-filter.ts'
import { PhraseMask } from '../../../src/executor/trace/phrase-mask.ts'
import { ValueMask } from '../../../src/executor/trace/value-mask.ts'
import { tokenRule, urlParameterRule } from '../../../src/executor/trace/value-rules.ts'

/** Gives a filter a text in pieces of these lengths, over and over. */
function through(filter: ByteFilter, text: string, lengths: readonly number[] = [text.length + 1]): string {
  const bytes = Buffer.from(text, 'latin1')
  const output: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = Math.max(1, lengths[turn % lengths.length] ?? 1)
    output.push(filter.push(bytes.subarray(at, at + length)))
    at += length
  }
  return Buffer.concat([...output, filter.end()]).toString('latin1')
}

const phraseMask = (...phrases: string[]) => new PhraseMask(phrases.map((phrase) => Buffer.from(phrase)))

describe('phrases', () => {
  test.each([
    { phrases: ['secret'], text: 'a secret here', want: 'a [MASKED] here' },
    { phrases: ['secret'], text: 'secretsecret', want: '[MASKED][MASKED]' },
    { phrases: ['secret'], text: 'secre', want: 'secre' },
    { phrases: ['abc', 'abcdef'], text: 'abcdef abcde abc', want: '[MASKED] [MASKED]de [MASKED]' },
    { phrases: ['abcd', 'cdef'], text: '-abcdef-', want: '-[MASKED]-' },
    { phrases: ['aaa'], text: 'aaaaaaa b', want: '[MASKED] b' },
    { phrases: ['line one\nline two'], text: 'x line one\nline two', want: 'x [MASKED]' },
    { phrases: ['', 'x'], text: 'xyz', want: '[MASKED]yz' },
    { phrases: [], text: 'xyz', want: 'xyz' },
  ])('$phrases in $text', ({ phrases, text, want }) => {
    expect(through(phraseMask(...phrases), text)).toBe(want)
    expect(through(phraseMask(...phrases), text, [1])).toBe(want)
  })

  test('what cannot be the beginning of a phrase is passed on at once', () => {
    const mask = phraseMask('secret')
    expect(mask.push(Buffer.from('loading sec')).toString()).toBe('loading ')
    expect(mask.push(Buffer.from('tion')).toString()).toBe('section')
  })

  test('however long a run of phrases that overlap is, only the length of one is held back', () => {
    const mask = phraseMask('aaaa')
    const pieces = Array.from({ length: 1000 }, () => mask.push(Buffer.from('aa')).toString())
    expect(pieces.join('') + mask.end().toString()).toBe('[MASKED]')
  })

  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), maxLength: 60 })
  const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 })

  test('the output does not depend on how the input is cut, and holds no phrase', () => {
    fc.assert(
      fc.property(
        fc.array(letters, { minLength: 1, maxLength: 4 }),
        text,
        cuts,
        (phrases, input, lengths) => {
          const whole = through(phraseMask(...phrases), input)
          expect(through(phraseMask(...phrases), input, lengths)).toBe(whole)
          // What is left is in pieces: a phrase must be in none of them.
          for (const piece of whole.split('[MASKED]')) {
            for (const phrase of phrases) expect(piece).not.toContain(phrase)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('values behind a marker', () => {
  test.each([
    { text: 'token glpat-abc_1.2-X, end', want: 'token glpat-[MASKED], end' },
    { text: 'glpat- alone', want: 'glpat- alone' },
    { text: 'glpa', want: 'glpa' },
    { text: 'glglpat-x', want: 'glglpat-[MASKED]' },
    { text: 'acme-xyz acme-2-xyz', want: 'acme-[MASKED] acme-2-[MASKED]' },
  ])('tokens: $text', ({ text, want }) => {
    const mask = () => new ValueMask(tokenRule(['acme-', 'acme-2-', '']))
    expect(through(mask(), text)).toBe(want)
    expect(through(mask(), text, [1])).toBe(want)
  })

  test.each([
    {
      text: 'GET https://a/b?private_token=abc%20d&x=1 done',
      want: 'GET https://a/b?private_token=[MASKED]&x=1 done',
    },
    { text: '"?a=1&X-Amz-Signature=00ff"', want: '"?a=1&X-Amz-Signature=[MASKED]"' },
    { text: '?rss_token=&authenticity_token=x', want: '?rss_token=&authenticity_token=[MASKED]' },
    { text: 'my_private_token=abc', want: 'my_private_token=abc' },
  ])('parameters of URLs: $text', ({ text, want }) => {
    expect(through(new ValueMask(urlParameterRule), text)).toBe(want)
    expect(through(new ValueMask(urlParameterRule), text, [1])).toBe(want)
  })

  test('the output does not depend on how the input is cut', () => {
    const rule = {
      markers: ['ab', 'abca', 'b-'],
      ignoresCase: false,
      continues: (byte: number) => byte === 0x63,
    }
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), maxLength: 60 })
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (input, lengths) => {
        expect(through(new ValueMask(rule), input, lengths)).toBe(through(new ValueMask(rule), input))
      }),
      { numRuns: 1000 },
    )
  })
})

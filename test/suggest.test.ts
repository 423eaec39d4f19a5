import { describe, expect, test } from 'vitest'
import { didYouMean, suggest } from '../src/suggest.ts'

const KEYS = ['listen', 'externalUrl', 'storage', 'tagTtl', 'passwordFile']

describe('suggest', () => {
  const cases: [word: string, want: string | undefined][] = [
    ['lsten', 'listen'],
    ['externalURL', 'externalUrl'],
    ['storgae', 'storage'],
    ['tagttl', 'tagTtl'],
    ['password', 'passwordFile'],
    ['colour', undefined],
    ['x', undefined],
    ['', undefined],
  ]
  test.each(cases)('%j means %s', (word, want) => {
    expect(suggest(word, KEYS)).toBe(want)
  })

  test('is a remark to append, or nothing', () => {
    expect(didYouMean('storgae', KEYS)).toBe(' (did you mean storage?)')
    expect(didYouMean('colour', KEYS)).toBe('')
  })
})

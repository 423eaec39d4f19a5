import { describe, expect, test } from 'vitest'
import { type Admission, decideAdmission, lastWord } from '../../src/cache/budget.ts'

const RULES = { maxBytes: 100, highBytes: 95, lowBytes: 85, minFreeBytes: 10 }
const ADMIT: Admission = { kind: 'admit' }
const REFUSE: Admission = { kind: 'refuse' }

function now(usedBytes: number, reservedBytes = 0, freeBytes = 1_000, writtenBytes = 0) {
  return { usedBytes, reservedBytes, freeBytes, writtenBytes }
}

describe('admission', () => {
  test.each([
    ['an empty cache', now(0), 50, ADMIT],
    ['up to the high mark', now(45), 50, ADMIT],
    ['above it: down to the low one', now(46), 50, { kind: 'evict', bytes: 11 }],
    ['with what is promised', now(40, 10), 50, { kind: 'evict', bytes: 15 }],
    ['above the high mark with nothing to evict', now(0, 40), 58, ADMIT],
    ['more than the budget', now(0), 101, REFUSE],
    ['more than is not promised', now(50, 60), 41, REFUSE],
    ['a filesystem that has just enough', now(10, 0, 60), 50, ADMIT],
    ['a filesystem that lacks a byte', now(10, 0, 59), 50, { kind: 'evict', bytes: 1 }],
    ['one that lacks it, and nothing to evict', now(0, 0, 59), 50, REFUSE],
    ['promises that are not written yet', now(10, 20, 79), 50, { kind: 'evict', bytes: 1 }],
    ['promises that are written', now(10, 20, 60, 20), 50, { kind: 'admit' }],
    ['a filesystem below its minimum', now(10, 0, 5), 0, { kind: 'evict', bytes: 5 }],
  ] as const)('%s', (_, space, bytes, decision) => {
    expect(decideAdmission(space, RULES, bytes)).toEqual(decision)
  })
})

describe('the last word, when nothing more goes', () => {
  test.each([
    ['above the mark, within the budget', now(50), 50, ADMIT],
    ['above the budget', now(51), 50, REFUSE],
    ['no free space', now(10, 0, 59), 50, REFUSE],
  ] as const)('%s', (_, space, bytes, decision) => {
    expect(lastWord(space, RULES, bytes)).toEqual(decision)
  })
})

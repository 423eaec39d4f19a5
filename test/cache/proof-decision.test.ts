import { describe, expect, test } from 'vitest'
import {
  decideProof,
  PROOF_FRESH_MS,
  PROOF_STANDS_MS,
  type ProofDecision,
  proofStands,
} from '../../src/cache/proof-decision.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')

describe('decideProof', () => {
  interface Case {
    readonly name: string
    readonly isPublic?: boolean
    /** How long ago. */
    readonly provedMs?: number
    readonly newestMs?: number
    readonly want: ProofDecision
  }
  const cases: Case[] = [
    { name: 'public content is open', isPublic: true, want: 'open' },
    {
      name: 'public content is open, whatever was proved when',
      isPublic: true,
      provedMs: 1e12,
      want: 'open',
    },
    { name: 'never proved', want: 'unknown' },
    { name: 'never proved, though a manifest that leads to it was', newestMs: 0, want: 'unknown' },
    { name: 'proved just now', provedMs: 0, want: 'open' },
    { name: 'proved a moment less than an hour ago', provedMs: PROOF_FRESH_MS - 1, want: 'open' },
    { name: 'proved an hour ago', provedMs: PROOF_FRESH_MS, want: 'renew' },
    { name: 'old, but its manifest was proved lately', provedMs: 1e9, newestMs: 5, want: 'open' },
    { name: 'old, and its manifest too', provedMs: 1e9, newestMs: PROOF_FRESH_MS, want: 'renew' },
    { name: 'new, though its manifest is old', provedMs: 5, newestMs: 1e9, want: 'open' },
    { name: 'proved in the future', provedMs: -1, want: 'renew' },
  ]
  test.each(cases)('$name: $want', ({ isPublic = false, provedMs, newestMs, want }) => {
    const at = (agoMs: number | undefined) => (agoMs === undefined ? undefined : NOW - agoMs)
    const known = { isPublic, provedAt: at(provedMs), newestProvedAt: at(newestMs) }
    expect(decideProof(known, NOW)).toBe(want)
  })
})

test.each([
  [0, true],
  [PROOF_STANDS_MS - 1, true],
  [PROOF_STANDS_MS, false],
  [-1, false],
])('a proof of %i ms ago stands in trouble: %s', (agoMs, stands) => {
  expect(proofStands(NOW - agoMs, NOW)).toBe(stands)
})

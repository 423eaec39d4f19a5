import { expect, test } from 'vitest'
import type { Freshness } from '../../src/cache/freshness.ts'
import { decideTagInTrouble, MISSING_CONFIRMED_MS, type TagDecision } from '../../src/cache/tag-trouble.ts'
import { UpstreamError, type UpstreamErrorCode } from '../../src/upstream/errors.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')

interface Case {
  readonly name: string
  readonly code: UpstreamErrorCode
  readonly freshness?: Freshness
  readonly isPublic?: boolean
  readonly isProved?: boolean
  readonly missingForMs?: number
  readonly want: TagDecision
}

const TROUBLE: UpstreamErrorCode[] = [
  'unreachable',
  'timeout',
  'failed',
  'rate-limited',
  'invalid',
  'interrupted',
  'refused',
]

const cases: Case[] = [
  ...TROUBLE.flatMap((code): Case[] => [
    { name: code, code, want: 'serve-stale' },
    { name: `${code}, private content`, code, isPublic: false, want: 'serve-stale' },
    { name: `${code}, too old`, code, freshness: 'expired', want: 'fail' },
    { name: `${code}, while it was said to be missing`, code, missingForMs: 1e9, want: 'serve-stale' },
  ]),
  { name: 'denied, public content: trouble', code: 'denied', want: 'serve-stale' },
  { name: 'denied, public content, too old', code: 'denied', freshness: 'expired', want: 'fail' },
  { name: 'denied, private content', code: 'denied', isPublic: false, want: 'deny' },
  {
    name: 'denied, private content, too old',
    code: 'denied',
    isPublic: false,
    freshness: 'expired',
    want: 'deny',
  },
  { name: 'missing for the first time', code: 'not-found', want: 'note-missing' },
  { name: 'missing again at once', code: 'not-found', missingForMs: 0, want: 'serve-stale' },
  {
    name: 'missing again a moment too early',
    code: 'not-found',
    missingForMs: MISSING_CONFIRMED_MS - 1,
    want: 'serve-stale',
  },
  { name: 'missing for a minute', code: 'not-found', missingForMs: MISSING_CONFIRMED_MS, want: 'remove' },
  { name: 'missing, and too old', code: 'not-found', freshness: 'expired', want: 'remove' },
  { name: 'missing, private content', code: 'not-found', isPublic: false, want: 'deny' },
  {
    name: 'missing for a minute, private content',
    code: 'not-found',
    isPublic: false,
    missingForMs: MISSING_CONFIRMED_MS,
    want: 'remove',
  },
  {
    name: 'missing for a minute, private content that this reader never had: no news of the tag',
    code: 'not-found',
    isPublic: false,
    isProved: false,
    missingForMs: MISSING_CONFIRMED_MS,
    want: 'deny',
  },
]

test.each(cases)(
  '(d16) $name: $want',
  ({ code, freshness = 'stale', isPublic = true, isProved = true, missingForMs, want }) => {
    const error = new UpstreamError(code, 'docker.io is in trouble', { upstream: 'docker.io' })
    const missingSince = missingForMs === undefined ? undefined : NOW - missingForMs
    expect(decideTagInTrouble({ error, freshness, isPublic, isProved, missingSince }, NOW)).toBe(want)
  },
)

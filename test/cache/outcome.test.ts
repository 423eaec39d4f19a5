import { expect, test } from 'vitest'
import { type Answered, cacheStatus } from '../../src/cache/outcome.ts'

const cases: [answered: Answered, want: string][] = [
  [{ outcome: 'hit' }, 'entrepot; hit; detail=hit'],
  [{ outcome: 'hit', upstreamStatus: undefined }, 'entrepot; hit; detail=hit'],
  [{ outcome: 'miss' }, 'entrepot; fwd=uri-miss; detail=miss'],
  [{ outcome: 'miss', collapsed: false }, 'entrepot; fwd=uri-miss; detail=miss'],
  [
    { outcome: 'miss', collapsed: true, upstreamStatus: 200 },
    'entrepot; fwd=uri-miss; fwd-status=200; collapsed; detail=miss',
  ],
  [
    { outcome: 'revalidated', upstreamStatus: 304 },
    'entrepot; fwd=stale; fwd-status=304; detail=revalidated',
  ],
  [{ outcome: 'updated', upstreamStatus: 200 }, 'entrepot; fwd=stale; fwd-status=200; detail=updated'],
  [
    { outcome: 'stale', upstreamStatus: 503, warning: 'old' },
    'entrepot; fwd=stale; fwd-status=503; detail=stale',
  ],
  [{ outcome: 'stale' }, 'entrepot; fwd=stale; detail=stale'],
  [{ outcome: 'skip' }, 'entrepot; fwd=bypass; detail=skip'],
]
test.each(cases)('%j', (answered, want) => {
  expect(cacheStatus(answered)).toBe(want)
})

import { expect, test } from 'vitest'
import { OciError } from '../../../src/oci/errors.ts'
import { parseOciRequest } from '../../../src/oci/request.ts'
import { endingOf } from '../../../src/server/metrics/ending.ts'
import { DURATION_BOUNDS_S, Traffic } from '../../../src/server/metrics/traffic.ts'
import { ClientGone } from '../../../src/streams/send.ts'

const DIGEST = `sha256:${'0'.repeat(64)}`

test.each([
  { name: 'from the cache', answered: { outcome: 'hit' as const }, want: 'hit' },
  { name: 'without the cache', want: 'answered' },
  { name: 'asked to log in', failure: new OciError('UNAUTHORIZED', 'x'), want: 'unauthorized' },
  { name: 'not there', failure: new OciError('MANIFEST_UNKNOWN', 'x'), want: 'refused' },
  { name: 'upstream down', failure: new OciError('UPSTREAM_UNAVAILABLE', 'x'), want: 'failed' },
  { name: 'a fault', failure: new Error('x'), want: 'failed' },
  {
    name: 'cut off amid a good reply',
    answered: { outcome: 'miss' as const },
    failure: new Error('x'),
    want: 'failed',
  },
  { name: 'the client left', failure: new ClientGone('x'), want: 'abandoned' },
])('a request ends: $name', ({ answered, failure, want }) => {
  expect(endingOf(answered, failure)).toBe(want)
})

test('requests are counted by door, kind and ending', () => {
  const traffic = new Traffic()
  const mirror = parseOciRequest('GET', '/v2/library/a/manifests/1')
  const group = parseOciRequest('GET', `/v2/g/dependency_proxy/containers/a/blobs/${DIGEST}`)
  traffic.note({ asked: mirror, ending: 'hit', sentBytes: 10, durationMs: 1 })
  traffic.note({ asked: mirror, ending: 'hit', sentBytes: 10, durationMs: 1 })
  traffic.note({ asked: group, ending: 'miss', sentBytes: 500, durationMs: 1 })
  traffic.note({ asked: undefined, ending: 'refused', sentBytes: 0, durationMs: 1 })
  expect(traffic.requests('mirror', 'manifest', 'hit')).toBe(2)
  expect(traffic.requests('group', 'blob', 'miss')).toBe(1)
  expect(traffic.requests('none', 'other', 'refused')).toBe(1)
  expect(traffic.requests('group', 'manifest', 'hit')).toBe(0)
  expect([traffic.sentBytes('manifest'), traffic.sentBytes('blob')]).toEqual([20, 500])
})

test('durations fall under the first bound that they do not exceed, and those of failures nowhere', () => {
  const traffic = new Traffic()
  const asked = parseOciRequest('GET', '/v2/library/a/manifests/1')
  for (const durationMs of [0.5, 1, 1.1, 1_000_000])
    traffic.note({ asked, ending: 'hit', sentBytes: 0, durationMs })
  traffic.note({ asked, ending: 'failed', sentBytes: 0, durationMs: 1 })
  traffic.note({ asked, ending: 'revalidated', sentBytes: 0, durationMs: 400 })
  const { counts, sumS } = traffic.durations('manifest', 'cache')
  expect(counts).toHaveLength(DURATION_BOUNDS_S.length + 1)
  expect([counts[0], counts[1], counts.at(-1)]).toEqual([2, 1, 1])
  expect(sumS).toBeCloseTo(1000.0026, 4)
  expect(traffic.durations('manifest', 'upstream').counts[3]).toBe(1)
})

import { expect, test } from 'vitest'
import { OUTAGE_REMEMBERED_MS, Outages } from '../../src/cache/outages.ts'
import { UpstreamError } from '../../src/upstream/errors.ts'
import { FakeClock } from '../support/fake-clock.ts'

const ERROR = new UpstreamError('timeout', 'docker.io did not answer', { upstream: 'docker.io' })

test('is remembered for half a minute, for its upstream', () => {
  const clock = new FakeClock()
  const outages = new Outages(clock)
  expect(outages.find('docker.io')).toBeUndefined()
  outages.record('docker.io', ERROR)
  expect(outages.find('docker.io')).toBe(ERROR)
  expect(outages.find('ghcr.io')).toBeUndefined()
  clock.advance(OUTAGE_REMEMBERED_MS - 1)
  expect(outages.find('docker.io')).toBe(ERROR)
  clock.advance(1)
  expect(outages.find('docker.io')).toBeUndefined()
})

test('a new failure counts from its own time', () => {
  const clock = new FakeClock()
  const outages = new Outages(clock)
  outages.record('docker.io', ERROR)
  clock.advance(OUTAGE_REMEMBERED_MS - 1)
  const later = new UpstreamError('unreachable', 'refused', { upstream: 'docker.io' })
  outages.record('docker.io', later)
  clock.advance(OUTAGE_REMEMBERED_MS - 1)
  expect(outages.find('docker.io')).toBe(later)
})

test('ends when the upstream answers', () => {
  const outages = new Outages(new FakeClock())
  outages.record('docker.io', ERROR)
  outages.record('ghcr.io', ERROR)
  outages.end('docker.io')
  expect(outages.find('docker.io')).toBeUndefined()
  expect(outages.find('ghcr.io')).toBe(ERROR)
})

import { expect, test } from 'vitest'
import { HeldTags } from '../../src/cache/held-tags.ts'
import { FakeClock } from '../support/fake-clock.ts'

test('is held for its TTL, and again when it is asked for then', () => {
  const clock = new FakeClock()
  const held = new HeldTags(clock)
  expect(held.has('docker.io/library/app:1')).toBe(false)
  held.hold('docker.io/library/app:1', 60_000)
  expect(held.has('docker.io/library/app:1')).toBe(true)
  expect(held.has('docker.io/library/app:2')).toBe(false)
  clock.advance(60_000)
  expect(held.has('docker.io/library/app:1')).toBe(false)
  held.hold('docker.io/library/app:1', 60_000)
  expect(held.has('docker.io/library/app:1')).toBe(true)
})

test('is never held where the TTL says to ask every time', () => {
  const held = new HeldTags(new FakeClock())
  held.hold('docker.io/library/app:1', 0)
  expect(held.has('docker.io/library/app:1')).toBe(false)
})

test('(d25) is held no longer when the clock is set back', () => {
  const clock = new FakeClock()
  const held = new HeldTags(clock)
  held.hold('docker.io/library/app:1', 60_000)
  clock.jump(-24 * 60 * 60_000)
  expect(held.has('docker.io/library/app:1')).toBe(false)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jitteredTtl } from '../../src/cache/ttl-jitter.ts'

test('(d31) up to a tenth less and never more, the same each time', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 3_153_600_000_000 }), (name, ttlMs) => {
      const jittered = jitteredTtl(ttlMs, name)
      expect(jittered).toBeLessThanOrEqual(ttlMs)
      expect(jittered).toBeGreaterThanOrEqual(ttlMs * 0.9)
      expect(jitteredTtl(ttlMs, name)).toBe(jittered)
    }),
  )
})

test('0 stays 0: the tag is always asked for', () => {
  expect(jitteredTtl(0, 'library/app:1')).toBe(0)
})

test('(d31) the tags of a fleet are spread over the whole tenth', () => {
  const perSecond = new Map<number, number>()
  for (let build = 0; build < 600; build += 1) {
    const second = Math.floor(jitteredTtl(60_000, `acme/app:build-${build}`) / 1_000)
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
  }
  expect([...perSecond.keys()].sort()).toEqual([54, 55, 56, 57, 58, 59])
  // 100 in each second if it were perfect.
  for (const count of perSecond.values()) expect(count).toBeGreaterThan(60)
})

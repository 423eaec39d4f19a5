import { expect, test } from 'vitest'
import { LoginLimit } from '../../src/auth/login-limit.ts'
import { FakeClock } from '../support/fake-clock.ts'

test('ten failures a minute are free, for each address and each claim', () => {
  const clock = new FakeClock()
  const limit = new LoginLimit(clock)
  for (let failures = 1; failures <= 10; failures++) expect(limit.fail('192.0.2.1', 'id')).toBeUndefined()
  clock.advance(20_000)
  expect(limit.fail('192.0.2.1', 'id')).toBe(40_000)
  expect(limit.fail('192.0.2.1', 'other')).toBeUndefined()
  expect(limit.fail('192.0.2.1', undefined)).toBeUndefined()
  expect(limit.fail('192.0.2.2', 'id')).toBeUndefined()
})

test('after a minute it begins anew, however the clock went', () => {
  const clock = new FakeClock()
  const limit = new LoginLimit(clock)
  for (let failures = 1; failures <= 11; failures++) limit.fail('192.0.2.1', 'id')
  clock.advance(60_000)
  expect(limit.fail('192.0.2.1', 'id')).toBeUndefined()
})

test('a clock that was set back keeps nobody away for longer than a minute', () => {
  const clock = new FakeClock()
  const limit = new LoginLimit(clock)
  for (let failures = 1; failures <= 11; failures++) limit.fail('192.0.2.1', 'id')
  clock.advance(-3_600_000)
  expect(limit.fail('192.0.2.1', 'id')).toBeUndefined()
})

import { expect, test } from 'vitest'
import { UNKNOWN_REMEMBERED_MS, UnknownNames } from '../../src/cache/unknown-names.ts'
import { OciError } from '../../src/oci/errors.ts'
import { FakeClock } from '../support/fake-clock.ts'

const ERROR = new OciError('MANIFEST_UNKNOWN', 'docker.io has no such image')

test('a 404 is repeated for ten seconds', () => {
  const clock = new FakeClock()
  const unknown = new UnknownNames(clock)
  expect(unknown.find('key')).toBeUndefined()
  unknown.record('key', ERROR)
  expect(unknown.find('key')).toBe(ERROR)
  expect(unknown.find('other')).toBeUndefined()
  clock.advance(UNKNOWN_REMEMBERED_MS - 1)
  expect(unknown.find('key')).toBe(ERROR)
  clock.advance(1)
  expect(unknown.find('key')).toBeUndefined()
})

test('of very many names the oldest are forgotten', () => {
  const unknown = new UnknownNames(new FakeClock())
  for (let turn = 0; turn < 20_000; turn += 1) unknown.record(`key ${turn}`, ERROR)
  expect(unknown.find('key 0')).toBeUndefined()
  expect(unknown.find('key 19999')).toBe(ERROR)
})

test('(d25) nothing is remembered any longer when the clock is set back', () => {
  const clock = new FakeClock()
  const unknown = new UnknownNames(clock)
  unknown.record('key', ERROR)
  clock.jump(-24 * 60 * 60_000)
  expect(unknown.find('key')).toBeUndefined()
})

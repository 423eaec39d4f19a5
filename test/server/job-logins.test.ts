import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { nameLogin } from '../../src/auth/upstream-logins.ts'
import { JobLogins } from '../../src/server/job-logins.ts'
import { FakeClock } from '../support/fake-clock.ts'

const HOUR = 3_600_000
const LOGINS = new Map([['docker.io', { username: 'acme', password: 'secret' }]])

function open() {
  const clock = new FakeClock()
  const ends = new Map([['job', clock.now() + HOUR]])
  const key = Buffer.alloc(32)
  const logins = new JobLogins({
    name: (upstream, login) => nameLogin(key, upstream, login),
    endOf: (id) => ends.get(id),
    clock,
  })
  return { clock, logins }
}

test('the logins of a job are found by upstream, and forgotten when its credential ends', async () => {
  const { clock, logins } = open()
  logins.keep('job', LOGINS)
  expect(logins.find('job', 'docker.io')).toMatchObject({ username: 'acme', password: 'secret' })
  expect(logins.find('job', 'ghcr.io')).toBeUndefined()
  expect(logins.find('other', 'docker.io')).toBeUndefined()
  clock.advance(HOUR)
  await turn()
  expect([...logins.at('docker.io')]).toEqual([])
})

test('they are forgotten at once when it is revoked, and nobody waits any more', () => {
  const { clock, logins } = open()
  logins.keep('job', LOGINS)
  logins.forget('job')
  logins.forget('job')
  expect(logins.find('job', 'docker.io')).toBeUndefined()
  expect(clock.sleeperCount).toBe(0)
})

test('those of a credential that is not valid are not kept', () => {
  const { clock, logins } = open()
  logins.keep('gone', LOGINS)
  expect(logins.find('gone', 'docker.io')).toBeUndefined()
  expect(clock.sleeperCount).toBe(0)
})

test('the last that were brought count, for as long as the credential lasts', async () => {
  const { clock, logins } = open()
  logins.keep('job', LOGINS)
  clock.advance(HOUR / 2)
  logins.keep('job', new Map([['docker.io', { username: 'acme', password: 'other' }]]))
  await turn()
  expect(logins.find('job', 'docker.io')?.password).toBe('other')
  clock.advance(HOUR / 2)
  await turn()
  expect(logins.find('job', 'docker.io')).toBeUndefined()
})

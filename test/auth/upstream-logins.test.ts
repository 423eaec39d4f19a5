import { expect, test } from 'vitest'
import { nameLogin } from '../../src/auth/upstream-logins.ts'

const KEY = Buffer.alloc(32, 1)
const LOGIN = { username: 'acme', password: 'secret' }
const NAMED = nameLogin(KEY, 'docker.io', LOGIN)

test('a login has a name that lasts, and does not tell the password', () => {
  expect(NAMED).toEqual({ ...LOGIN, id: expect.stringMatching(/^docker\.io\/acme#[0-9a-f]{32}$/) })
  expect(nameLogin(Buffer.from(KEY), 'docker.io', { ...LOGIN }).id).toBe(NAMED.id)
})

test.each([
  { name: 'password', other: nameLogin(KEY, 'docker.io', { ...LOGIN, password: 'guess' }) },
  { name: 'user name', other: nameLogin(KEY, 'docker.io', { ...LOGIN, username: 'ACME' }) },
  { name: 'upstream', other: nameLogin(KEY, 'ghcr.io', LOGIN) },
  { name: 'storage', other: nameLogin(Buffer.alloc(32, 2), 'docker.io', LOGIN) },
])('it is another for another $name', ({ other }) => {
  expect(other.id.split('#')[1]).not.toBe(NAMED.id.split('#')[1])
})

test('a user name cannot be made to look like something else', () => {
  const { id } = nameLogin(KEY, 'docker.io', { username: 'a# b\n/c', password: '' })
  expect(id).toMatch(/^docker\.io\/a%23%20b%0A%2Fc#[0-9a-f]{32}$/)
})

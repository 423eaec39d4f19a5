import { describe, expect, test } from 'vitest'
import { accessOf, fetchingProves, PUBLIC_SCOPE, scopeOf, workKey } from '../../src/cache/access.ts'
import { parseRepository } from '../../src/oci/reference.ts'
import { policyWith } from './policy.ts'

const CREDENTIAL = { id: 'docker.io/acme', username: 'acme', password: 'secret' }
const WITHOUT = policyWith()
const WITH = policyWith({ credential: CREDENTIAL, privateFor: new Set(['acme']) })
const REPOSITORY = parseRepository('library/app')

describe('accessOf', () => {
  const cases = [
    {
      name: 'without a credential everything is what everybody gets',
      access: accessOf(WITHOUT, 'acme'),
      want: { scopes: [PUBLIC_SCOPE], askAs: undefined, fetchAs: undefined },
      proves: true,
    },
    {
      name: 'a group of privateFor reads as the credential',
      access: accessOf(WITH, 'acme'),
      want: { scopes: [PUBLIC_SCOPE, CREDENTIAL.id], askAs: CREDENTIAL, fetchAs: CREDENTIAL },
      proves: true,
    },
    {
      name: 'another group reads what everybody gets, downloaded with the credential',
      access: accessOf(WITH, 'default'),
      want: { scopes: [PUBLIC_SCOPE], askAs: undefined, fetchAs: CREDENTIAL },
      proves: false,
    },
    {
      name: 'a group below one of privateFor is another group',
      access: accessOf(WITH, 'acme/web'),
      want: { scopes: [PUBLIC_SCOPE], askAs: undefined, fetchAs: CREDENTIAL },
      proves: false,
    },
  ]
  test.each(cases)('$name', ({ access, want, proves }) => {
    expect(access).toEqual(want)
    expect(fetchingProves(access)).toBe(proves)
  })
})

test('a scope never tells a secret', () => {
  expect(scopeOf(undefined)).toBe('public')
  expect(scopeOf(CREDENTIAL)).toBe('docker.io/acme')
})

describe('workKey', () => {
  const target = (policy: typeof WITH, group: string, repository = REPOSITORY) => ({
    policy,
    repository,
    access: accessOf(policy, group),
  })
  const base = workKey(target(WITH, 'acme'), 'tag latest')

  test('is one for readers of one kind', () => {
    expect(workKey(target(WITH, 'acme'), 'tag latest')).toBe(base)
    expect(workKey(target(WITH, 'one'), 'x')).toBe(workKey(target(WITH, 'two'), 'x'))
  })

  test.each([
    ['group that may read less', workKey(target(WITH, 'default'), 'tag latest')],
    ['upstream', workKey(target({ ...WITH, name: 'ghcr.io' }, 'acme'), 'tag latest')],
    ['repository', workKey(target(WITH, 'acme', parseRepository('library/b')), 'tag latest')],
    ['piece of work', workKey(target(WITH, 'acme'), 'tag other')],
  ])('is another for another %s', (_, other) => {
    expect(other).not.toBe(base)
  })
})

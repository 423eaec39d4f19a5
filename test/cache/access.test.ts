import { describe, expect, test } from 'vitest'
import { accessOf, fetchingProves, PUBLIC_SCOPE, scopeOf, workKey } from '../../src/cache/access.ts'
import { parseRepository } from '../../src/oci/reference.ts'
import { policyWith } from './policy.ts'

const CREDENTIAL = { id: 'docker.io/acme', username: 'acme', password: 'secret' }
const OWN = { id: 'docker.io/own#1', username: 'own', password: 'secret' }
const WITHOUT = policyWith()
const WITH = policyWith({ credential: CREDENTIAL, privateFor: new Set(['acme']) })
const REPOSITORY = parseRepository('library/app')

describe('accessOf', () => {
  const cases = [
    {
      name: 'without a credential everything is what everybody gets',
      access: accessOf(WITHOUT, { groups: ['acme'], login: undefined }),
      want: { scopes: [PUBLIC_SCOPE], askAs: undefined, fetchAs: undefined },
      proves: true,
    },
    {
      name: 'a group of privateFor reads as the credential',
      access: accessOf(WITH, { groups: ['acme'], login: undefined }),
      want: { scopes: [PUBLIC_SCOPE, CREDENTIAL.id], askAs: CREDENTIAL, fetchAs: CREDENTIAL },
      proves: true,
    },
    {
      name: 'another group reads what everybody gets, downloaded with the credential',
      access: accessOf(WITH, { groups: ['default'], login: undefined }),
      want: { scopes: [PUBLIC_SCOPE], askAs: undefined, fetchAs: CREDENTIAL },
      proves: false,
    },
    {
      name: 'a group under one of privateFor reads as the credential too',
      access: accessOf(WITH, { groups: ['acme/web', 'acme'], login: undefined }),
      want: { scopes: [PUBLIC_SCOPE, CREDENTIAL.id], askAs: CREDENTIAL, fetchAs: CREDENTIAL },
      proves: true,
    },
    {
      name: 'a login of its own goes before the credential, and does not add to it',
      access: accessOf(WITH, { groups: ['acme'], login: OWN }),
      want: { scopes: [PUBLIC_SCOPE, OWN.id], askAs: OWN, fetchAs: OWN },
      proves: true,
    },
    {
      name: 'a login of its own counts where there is no credential',
      access: accessOf(WITHOUT, { groups: ['default'], login: OWN }),
      want: { scopes: [PUBLIC_SCOPE, OWN.id], askAs: OWN, fetchAs: OWN },
      proves: true,
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
    access: accessOf(policy, { groups: [group], login: undefined }),
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

import { describe, expect, test } from 'vitest'
import { ancestorsOf, type GroupRules, inheritRules } from '../../src/auth/group-rules.ts'
import { parseGroupPath } from '../../src/oci/group-path.ts'

const login = (username: string) => ({ username, password: 'p' })
const declared: Readonly<Record<string, Partial<GroupRules>>> = {
  acme: {
    repositories: ['docker.io/**'],
    anonymousNetworks: ['10.0.0.0/8'],
    logins: new Map([
      ['docker.io', login('acme')],
      ['ghcr.io', login('acme-gh')],
    ]),
  },
  'acme/web': { logins: new Map([['docker.io', login('web')]]) },
  'acme/closed': { anonymousNetworks: [] },
  'acme/web/api': { repositories: ['ghcr.io/**'] },
}
const rulesOf = (path: string): GroupRules | undefined =>
  declared[path] && {
    repositories: undefined,
    anonymousNetworks: undefined,
    logins: new Map(),
    ...declared[path],
  }

describe('a group inherits', () => {
  test.each([
    { path: 'acme', above: [] },
    { path: 'acme/web', above: ['acme'] },
    { path: 'acme/web/api', above: ['acme/web', 'acme'] },
  ])('from those above $path', ({ path, above }) => {
    expect(ancestorsOf(parseGroupPath(path))).toEqual(above)
  })

  test.each([
    { path: 'acme', repositories: ['docker.io/**'], hub: 'acme', github: 'acme-gh' },
    { path: 'acme/web', repositories: ['docker.io/**'], hub: 'web', github: 'acme-gh' },
    { path: 'acme/web/api', repositories: ['ghcr.io/**'], hub: 'web', github: 'acme-gh' },
    { path: 'other', repositories: undefined, hub: undefined, github: undefined },
  ])('repositories and logins, each from the nearest that has a word on it: $path', (want) => {
    const rules = inheritRules(parseGroupPath(want.path), rulesOf)
    expect(rules.repositories).toEqual(want.repositories)
    expect(rules.logins.get('docker.io')?.username).toBe(want.hub)
    expect(rules.logins.get('ghcr.io')?.username).toBe(want.github)
  })

  test('who may come without credentials, unless it says otherwise', () => {
    const networksOf = (path: string) => inheritRules(parseGroupPath(path), rulesOf).anonymousNetworks
    expect(networksOf('acme/web')).toEqual(['10.0.0.0/8'])
    expect(networksOf('acme/closed')).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import type { Credential } from '../../src/auth/credential.ts'
import { demandMint } from '../../src/auth/minting.ts'
import { type GroupPath, parseGroupPath } from '../../src/oci/group-path.ts'

const DECLARED = ['acme', 'acme/web', 'other'].map(parseGroupPath)
const exists = (path: GroupPath) => DECLARED.includes(path)

function mint(role: Credential['role'], own: string[], group: string): string {
  const token = { role, groups: own.map(parseGroupPath), repositories: [] }
  try {
    demandMint(token, { group: parseGroupPath(group), repositories: [] }, exists)
    return 'minted'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a job credential is minted', () => {
  test.each([
    { role: 'admin', own: [], group: 'other', want: 'minted' },
    { role: 'admin', own: [], group: 'nothing', want: 'group-unknown' },
    { role: 'runner', own: ['acme'], group: 'acme', want: 'minted' },
    { role: 'runner', own: ['acme'], group: 'acme/web', want: 'minted' },
    { role: 'runner', own: ['acme'], group: 'acme/web/api', want: 'group-unknown' },
    { role: 'runner', own: ['acme'], group: 'other', want: 'group-unknown' },
    { role: 'runner', own: ['acme/web'], group: 'acme', want: 'group-unknown' },
    { role: 'runner', own: ['gone'], group: 'gone', want: 'group-unknown' },
    { role: 'pull', own: ['acme'], group: 'acme', want: 'not-permitted' },
  ] as const)('$role of $own for $group: $want', ({ role, own, group, want }) => {
    expect(mint(role, [...own], group)).toBe(want)
  })

  test('never for the group above instead, which is named', () => {
    const token = { role: 'runner' as const, groups: [parseGroupPath('acme')], repositories: [] }
    const order = { group: parseGroupPath('acme/web/api'), repositories: [] }
    expect(() => demandMint(token, order, exists)).toThrow(/there is no group acme\/web\/api.*acme\/web:/)
  })

  test('and a group that is not its own looks like one that is not there', () => {
    const token = { role: 'runner' as const, groups: [parseGroupPath('acme')], repositories: [] }
    const messageFor = (group: string): string => {
      try {
        demandMint(token, { group: parseGroupPath(group), repositories: [] }, exists)
        return ''
      } catch (error) {
        return (error as Error).message.replaceAll(group, 'G')
      }
    }
    expect(messageFor('other')).toBe(messageFor('nothing'))
  })
})

describe('its repositories', () => {
  const HUB = 'docker.io/library/*'
  test.each([
    { of: 'a token with all', own: [], wanted: [], want: [] },
    { of: 'a token with all', own: [], wanted: [HUB], want: [HUB] },
    { of: 'a token with some', own: [HUB], wanted: [], want: [HUB] },
    { of: 'a token with some', own: [HUB], wanted: [HUB], want: [HUB] },
    {
      of: 'a token with some',
      own: [HUB],
      wanted: ['docker.io/library/re*'],
      want: ['docker.io/library/re*'],
    },
    {
      of: 'a token with some',
      own: [HUB],
      wanted: ['docker.io/library/redis'],
      want: ['docker.io/library/redis'],
    },
    { of: 'a token with some', own: ['ghcr.io/**'], wanted: ['ghcr.io/*/app'], want: ['ghcr.io/*/app'] },
    { of: 'a token with **', own: ['**'], wanted: ['ghcr.io/[ab]/**'], want: ['ghcr.io/[ab]/**'] },
    { of: 'a token with some', own: [HUB], wanted: ['docker.io/**'], want: 'not-permitted' },
    { of: 'a token with some', own: [HUB], wanted: ['docker.io/library/**'], want: 'not-permitted' },
    { of: 'a token with some', own: [HUB], wanted: [HUB, 'ghcr.io/acme/app'], want: 'not-permitted' },
    { of: 'a token with one', own: ['docker.io/library/redis'], wanted: [HUB], want: 'not-permitted' },
    { of: 'a token with ?', own: ['quay.io/?/app'], wanted: ['quay.io/*/app'], want: 'not-permitted' },
  ])('$wanted of $of ($own): $want', ({ own, wanted, want }) => {
    const token = { role: 'runner' as const, groups: [parseGroupPath('acme')], repositories: own }
    const order = { group: parseGroupPath('acme'), repositories: wanted }
    if (Array.isArray(want)) expect(demandMint(token, order, exists)).toEqual(want)
    else expect(() => demandMint(token, order, exists)).toThrow(expect.objectContaining({ code: want }))
  })
})

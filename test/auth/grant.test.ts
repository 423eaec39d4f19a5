import { describe, expect, test } from 'vitest'
import { decideGroup, decideMirrorGroup } from '../../src/auth/grant.ts'
import { type GroupPath, parseGroupPath } from '../../src/oci/group-path.ts'

const DECLARED = new Set(
  ['default', 'acme', 'acme/web', 'acme/web/api', 'other', 'lone/child'].map(parseGroupPath),
)
const exists = (path: GroupPath): boolean => DECLARED.has(path)

const token = (...groups: string[]) =>
  ({ kind: 'token', role: 'pull', groups: groups.map(parseGroupPath) }) as const
const job = (group: string) => ({ kind: 'job', role: 'pull', groups: [parseGroupPath(group)] }) as const
const admin = { kind: 'token', role: 'admin', groups: [] } as const

describe('at the prefix of a group', () => {
  test.each([
    { who: 'a token', credential: token('acme/web'), asked: 'acme/web', acts: 'acme/web' },
    { who: 'a token of the group above', credential: token('acme'), asked: 'acme/web', acts: 'acme/web' },
    {
      who: 'a token of the group two above',
      credential: token('acme'),
      asked: 'acme/web/api',
      acts: 'acme/web/api',
    },
    { who: 'a token of a subgroup', credential: token('acme/web'), asked: 'acme', acts: 'acme/web' },
    { who: 'a token of two groups', credential: token('other', 'acme/web'), asked: 'acme', acts: 'acme/web' },
    {
      who: 'a token of the group and one under it',
      credential: token('acme/web', 'acme'),
      asked: 'acme',
      acts: 'acme',
    },
    { who: 'a job', credential: job('acme/web'), asked: 'acme/web', acts: 'acme/web' },
    {
      who: 'a job at the top-level prefix',
      credential: job('acme/web/api'),
      asked: 'acme',
      acts: 'acme/web/api',
    },
    {
      who: 'a job whose top-level group is not declared',
      credential: job('lone/child'),
      asked: 'lone',
      acts: 'lone/child',
    },
    { who: 'an admin', credential: admin, asked: 'other', acts: 'other' },
  ])('$who acts as $acts at $asked', ({ credential, asked, acts }) => {
    expect(decideGroup(credential, parseGroupPath(asked), exists)).toEqual({ granted: true, group: acts })
  })

  test.each([
    { who: 'a token of another group', credential: token('other'), asked: 'acme' },
    { who: 'a token of a group of a similar name', credential: token('acme'), asked: 'acme-2' },
    { who: 'a token of a sibling', credential: token('acme/web'), asked: 'acme/ops' },
    { who: 'a token under which nothing is declared', credential: token('acme'), asked: 'acme/nothing' },
    { who: 'a job of the group above', credential: job('acme'), asked: 'acme/web' },
    { who: 'a job of another group', credential: job('other'), asked: 'acme' },
    { who: 'a token whose group was removed', credential: token('gone'), asked: 'gone' },
    { who: 'an admin, of a group that is not there', credential: admin, asked: 'nothing' },
  ])('$who is told that $asked is unknown', ({ credential, asked }) => {
    expect(decideGroup(credential, parseGroupPath(asked), exists)).toEqual({
      granted: false,
      reason: 'unknown',
    })
  })
})

describe('where the path names no group', () => {
  const mirror = parseGroupPath('default')

  test.each([
    { who: 'a token acts as its first group', credential: token('acme/web', 'other'), acts: 'acme/web' },
    {
      who: 'a token acts as its first group that is left',
      credential: token('gone', 'other'),
      acts: 'other',
    },
    { who: 'a job acts as its group', credential: job('acme'), acts: 'acme' },
    { who: 'an admin acts as those without credentials', credential: admin, acts: 'default' },
  ])('$who', ({ credential, acts }) => {
    expect(decideMirrorGroup(credential, mirror, exists)).toEqual({ granted: true, group: acts })
  })

  test('a token whose groups are all gone is told that there is nothing', () => {
    expect(decideMirrorGroup(token('gone'), mirror, exists)).toEqual({ granted: false, reason: 'unknown' })
  })
})

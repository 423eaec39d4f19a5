import { describe, expect, test } from 'vitest'
import type { GroupRules } from '../../src/auth/group-rules.ts'
import { Groups } from '../../src/auth/groups.ts'
import { type GroupPath, parseGroupPath } from '../../src/oci/group-path.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { FakeClock } from '../support/fake-clock.ts'

const ACME = parseGroupPath('acme')
const WEB = parseGroupPath('acme/web')

const IN_SETTINGS: ReadonlyMap<GroupPath, GroupRules> = new Map([
  [
    ACME,
    {
      repositories: ['docker.io/library/*'],
      anonymousNetworks: undefined,
      logins: new Map([['docker.io', { username: 'acme', password: 'p' }]]),
    },
  ],
])

async function openGroups() {
  const catalog = new SqliteCatalog(':memory:')
  const again = async () => {
    const groups = new Groups({ declared: IN_SETTINGS, catalog: catalog.groups, clock: new FakeClock() })
    await groups.open()
    return groups
  }
  return { groups: await again(), again, [Symbol.asyncDispose]: () => catalog.close() }
}

const declaration = (path: GroupPath, repositories?: readonly string[]) => {
  return { path, repositories, anonymousNetworks: undefined }
}

describe('groups', () => {
  test('of the settings are there from the start', async () => {
    await using opened = await openGroups()
    expect(opened.groups.list().map(({ path, origin }) => ({ path, origin }))).toEqual([
      { path: 'acme', origin: 'settings' },
    ])
    expect(opened.groups.get(ACME)?.mayUse('docker.io/library/redis')).toBe(true)
    expect(opened.groups.get(ACME)?.mayUse('docker.io/acme/app')).toBe(false)
    expect(opened.groups.get(WEB)).toBeUndefined()
  })

  test('that are declared by command inherit from those of the settings, and last', async () => {
    await using opened = await openGroups()
    await opened.groups.create(declaration(WEB))
    for (const groups of [opened.groups, await opened.again()]) {
      const web = groups.get(WEB)
      expect(web).toMatchObject({ origin: 'command', ancestors: ['acme'] })
      expect(web?.rules.logins.get('docker.io')?.username).toBe('acme')
      expect(web?.mayUse('docker.io/acme/app')).toBe(false)
    }
  })

  test('without a word on repositories may use them all', async () => {
    await using opened = await openGroups()
    const other = await opened.groups.create(declaration(parseGroupPath('other')))
    expect(other.mayUse('ghcr.io/any/thing')).toBe(true)
    const none = await opened.groups.create(declaration(parseGroupPath('none'), []))
    expect(none.mayUse('ghcr.io/any/thing')).toBe(false)
  })

  test('are declared once, wherever', async () => {
    await using opened = await openGroups()
    await opened.groups.create(declaration(WEB))
    await expect(opened.groups.create(declaration(WEB, []))).rejects.toMatchObject({ code: 'group-exists' })
    await expect(opened.groups.create(declaration(ACME))).rejects.toMatchObject({ code: 'group-exists' })
    expect(opened.groups.get(WEB)?.mayUse('docker.io/library/redis')).toBe(true)
  })

  test('are taken away where they were declared', async () => {
    await using opened = await openGroups()
    await opened.groups.create(declaration(WEB))
    await opened.groups.remove(WEB)
    expect(opened.groups.get(WEB)).toBeUndefined()
    await expect(opened.groups.remove(WEB)).rejects.toMatchObject({ code: 'group-unknown' })
    await expect(opened.groups.remove(ACME)).rejects.toMatchObject({ code: 'group-in-settings' })
  })
})

import { describe, expect, test } from 'vitest'
import { describeSettings } from '../../src/config/describe.ts'
import { loadFrom, refusalOf } from './load-from.ts'

const YAML = `groups:
  acme:
    repositories: ["docker.io/**"]
    upstreams:
      docker.io: { username: acme, passwordFile: secrets/hub }
`

describe("a group's own account at an upstream", () => {
  test('is read from a file beside the settings', async () => {
    const { settings } = await loadFrom({ yaml: YAML, files: { 'secrets/hub': 'hunter2\n' } })
    const acme = settings.groups.get('acme')
    expect(acme?.repositories).toEqual(['docker.io/**'])
    expect([...(acme?.upstreams ?? [])]).toEqual([['docker.io', { username: 'acme', password: 'hunter2' }]])
  })

  test('is shown without its password', async () => {
    const { settings } = await loadFrom({ yaml: YAML, files: { 'secrets/hub': 'hunter2' } })
    const shown = JSON.stringify(describeSettings(settings))
    expect(shown).toContain('"username":"acme"')
    expect(shown).not.toContain('hunter2')
  })

  test.each([
    {
      what: 'whose file is not there',
      yaml: YAML,
      at: 'groups.acme.upstreams.docker.io.passwordFile',
      why: /no such/i,
    },
    {
      what: 'at an upstream that is not configured',
      yaml: YAML.replace('docker.io:', 'docker.oi:'),
      at: 'groups.acme.upstreams.docker.oi',
      why: /did you mean docker\.io/,
    },
    {
      what: 'without a password',
      yaml: YAML.replace(', passwordFile: secrets/hub', ''),
      at: 'groups.acme.upstreams.docker.io.passwordFile',
      why: /is missing/,
    },
    {
      what: 'with a glob that cannot be meant',
      yaml: YAML.replace('docker.io/**', 'docker.io/[a'),
      at: 'groups.acme.repositories[0]',
      why: /not closed/,
    },
  ])('$what is refused', async ({ yaml, at, why }) => {
    const files = at.endsWith('passwordFile') ? {} : { 'secrets/hub': 'x' }
    const { mistakes } = await refusalOf({ yaml, files })
    expect(mistakes.map(({ path }) => path)).toContain(at)
    expect(mistakes.find(({ path }) => path === at)?.message).toMatch(why)
  })
})
